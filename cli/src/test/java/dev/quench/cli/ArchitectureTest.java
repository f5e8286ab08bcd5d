// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Holds the rules of which module and package may know what, over the main classes of all modules.
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.quench");

  private static final String[] CORE = {
    "dev.quench",
    "dev.quench.cost..",
    "dev.quench.data..",
    "dev.quench.graph..",
    "dev.quench.metric..",
    "dev.quench.run..",
    "dev.quench.tensor.."
  };
  private static final String[] EXPORT = {
    "dev.quench.onnx..", "dev.quench.export..", "dev.quench.ort.."
  };
  private static final String[] TRT_RUNTIME = {"dev.quench.trt..", "dev.quench.eval.."};
  private static final String[] XNOR_RUNTIME = {"dev.quench.xnor", "dev.quench.xnor.internal.."};
  private static final String XNOR_CUDA = "dev.quench.xnor.cuda..";

  @Test
  void seesEveryModule() {
    var packages = new TreeSet<String>();
    CLASSES.forEach(type -> packages.add(type.getPackageName()));
    assertThat(packages)
        .containsAll(
            Set.of(
                "dev.quench.tensor",
                "dev.quench.compress.fuse",
                "dev.quench.onnx",
                "dev.quench.calibration",
                "dev.quench.trt",
                "dev.quench.xnor",
                "dev.quench.xnor.cuda",
                "dev.quench.cli"));
  }

  @Test
  void modulesDependOnlyDownwards() {
    check(
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.quench..")
            .withOptionalLayers(true)
            .layer("core")
            .definedBy(CORE)
            .layer("compress")
            .definedBy("dev.quench.compress..")
            .layer("export")
            .definedBy(EXPORT)
            .layer("calibration")
            .definedBy("dev.quench.calibration..")
            .layer("xnor-runtime")
            .definedBy(XNOR_RUNTIME)
            .layer("xnor-cuda")
            .definedBy(XNOR_CUDA)
            .layer("trt-runtime")
            .definedBy(TRT_RUNTIME)
            .layer("cli")
            .definedBy("dev.quench.cli..")
            .whereLayer("core")
            .mayNotAccessAnyLayer()
            .whereLayer("compress")
            .mayOnlyAccessLayers("core")
            .whereLayer("export")
            .mayOnlyAccessLayers("core")
            .whereLayer("calibration")
            .mayOnlyAccessLayers("core", "export")
            .whereLayer("xnor-runtime")
            .mayOnlyAccessLayers("core", "export")
            .whereLayer("xnor-cuda")
            .mayOnlyAccessLayers("core")
            .whereLayer("trt-runtime")
            .mayOnlyAccessLayers("core", "export", "calibration", "xnor-runtime")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .ensureAllClassesAreContainedInArchitecture());
  }

  @Test
  void nothingDependsOnCliOrBench() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("dev.quench.cli..", "dev.quench.bench..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.quench.cli..", "dev.quench.bench.."));
  }

  @Test
  void compressSeesNeitherOnnxNorARuntime() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.quench.compress..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(EXPORT));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("dev.quench.(*)..").should().beFreeOfCycles());
  }

  @Test
  void protobufStaysInOnnx() {
    check(only("dev.quench.onnx..", "com.google.protobuf..", "dev.quench.onnx.proto.."));
  }

  @Test
  void tensorRtAndCudaStayInInternalPackages() {
    check(only("dev.quench.trt.internal..", "org.bytedeco.tensorrt.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("dev.quench.trt.internal..", "dev.quench.xnor.cuda.internal..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco.cuda.."));
  }

  @Test
  void nd4jStaysInCompress() {
    check(only("dev.quench.compress..", "org.nd4j.."));
  }

  @Test
  void libTorchStaysInTraining() {
    check(only("dev.quench.compress.train..", "org.bytedeco.pytorch.."));
  }

  @Test
  void onnxRuntimeStaysInOrt() {
    check(only("dev.quench.ort..", "ai.onnxruntime.."));
  }

  @Test
  void vectorApiStaysInXnorInternal() {
    check(only("dev.quench.xnor.internal..", "jdk.incubator.vector.."));
  }

  @Test
  void picocliStaysInCli() {
    check(only("dev.quench.cli..", "picocli.."));
  }

  @Test
  void internalPackagesAreUsedOnlyByTheirParent() {
    check(
        noClasses()
            .that(not(resideInAPackage("dev.quench.trt..")))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.quench.trt.internal.."));
    check(
        noClasses()
            .that(not(resideInAnyPackage(XNOR_RUNTIME)))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.quench.xnor.internal.."));
    check(only(XNOR_CUDA, "dev.quench.xnor.cuda.internal.."));
  }

  @Test
  void onlyMainExits() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.quench.cli.Main")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class));
  }

  @Test
  void loggingIsSystemLogger() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.logging..", "org.slf4j..")));
  }

  /// None but `owner` may use what is in `packages`.
  private static ArchRule only(String owner, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(owner)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages);
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
