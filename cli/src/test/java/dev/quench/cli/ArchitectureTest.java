// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Holds the rules of which module and package may know what, over the main classes of all modules.
/// A rule that matches no class fails.
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.quench");

  private static final int LARGEST_PACKAGE = 28;

  private static final String[] CORE = {
    "dev.quench",
    "dev.quench.cost..",
    "dev.quench.digest..",
    "dev.quench.graph..",
    "dev.quench.io..",
    "dev.quench.run..",
    "dev.quench.tensor.."
  };
  private static final String[] EXPORT = {
    "dev.quench.onnx..", "dev.quench.export..", "dev.quench.ort.."
  };
  private static final String[] EVALUATION = {
    "dev.quench.eval..", "dev.quench.metric..", "dev.quench.report.."
  };
  private static final String[] XNOR_RUNTIME = {
    "dev.quench.xnor",
    "dev.quench.xnor.recognize..",
    "dev.quench.xnor.plan..",
    "dev.quench.xnor.execute..",
    "dev.quench.xnor.kernel.."
  };
  private static final String XNOR_CUDA = "dev.quench.xnor.cuda..";

  @Test
  void seesEveryModule() {
    var packages = new TreeSet<String>();
    CLASSES.forEach(type -> packages.add(type.getPackageName()));
    assertThat(packages)
        .containsAll(
            Set.of(
                "dev.quench.tensor",
                "dev.quench.data.image",
                "dev.quench.compress.fuse",
                "dev.quench.onnx",
                "dev.quench.calibration",
                "dev.quench.metric.detection",
                "dev.quench.report",
                "dev.quench.trt.build",
                "dev.quench.xnor",
                "dev.quench.xnor.cuda",
                "dev.quench.pipeline.quantize",
                "dev.quench.cli"));
  }

  @Test
  void modulesDependOnlyDownwards() {
    check(
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.quench..")
            .layer("core")
            .definedBy(CORE)
            .layer("data")
            .definedBy("dev.quench.data..")
            .layer("compress")
            .definedBy("dev.quench.compress..")
            .layer("export")
            .definedBy(EXPORT)
            .layer("calibration")
            .definedBy("dev.quench.calibration..")
            .layer("evaluation")
            .definedBy(EVALUATION)
            .layer("xnor-runtime")
            .definedBy(XNOR_RUNTIME)
            .layer("xnor-cuda")
            .definedBy(XNOR_CUDA)
            .layer("trt-runtime")
            .definedBy("dev.quench.trt..")
            .layer("pipeline")
            .definedBy("dev.quench.pipeline..")
            .layer("cli")
            .definedBy("dev.quench.cli..")
            .whereLayer("core")
            .mayNotAccessAnyLayer()
            .whereLayer("data")
            .mayOnlyAccessLayers("core")
            .whereLayer("compress")
            .mayOnlyAccessLayers("core")
            .whereLayer("export")
            .mayOnlyAccessLayers("core")
            .whereLayer("calibration")
            .mayOnlyAccessLayers("core")
            .whereLayer("evaluation")
            .mayOnlyAccessLayers("core", "data", "calibration")
            .whereLayer("xnor-runtime")
            .mayOnlyAccessLayers("core", "export")
            .whereLayer("xnor-cuda")
            .mayOnlyAccessLayers("core")
            .whereLayer("trt-runtime")
            .mayOnlyAccessLayers("core", "export", "calibration")
            .whereLayer("pipeline")
            .mayOnlyBeAccessedByLayers("cli")
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

  /// Each package counts by itself, so a cycle between a package and its sub-package is one too.
  @Test
  void packagesHaveNoCycles() {
    check(slices().assignedFrom(new EachPackage()).should().beFreeOfCycles());
  }

  @Test
  void packagesStaySmall() {
    Map<String, Set<String>> files = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      if (!type.getPackageName().startsWith("dev.quench.onnx.proto")) {
        files
            .computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
            .add(type.getSource().flatMap(source -> source.getFileName()).orElseThrow());
      }
    }
    assertThat(files)
        .allSatisfy(
            (name, sources) -> assertThat(sources).hasSizeLessThanOrEqualTo(LARGEST_PACKAGE));
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
  void sparkStaysInItsModule() {
    check(only("dev.quench.spark..", "org.apache.spark..", "scala.."));
  }

  @Test
  void theModuleForSparkSeesNoRecipesAndNoCommands() {
    Path built = Path.of("../spark/target/classes");
    assumeTrue(
        Files.isDirectory(built), "the module spark was not built; a build of all modules does");
    JavaClasses spark = new ClassFileImporter().importPath(built);
    assertThat(spark).isNotEmpty();
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages(
            "dev.quench.cli..",
            "dev.quench.pipeline..",
            "dev.quench.compress..",
            "dev.quench.trt..",
            "dev.quench.xnor..",
            "com.google.protobuf..")
        .check(spark);
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
  void vectorApiStaysInXnorKernel() {
    check(only("dev.quench.xnor.kernel..", "jdk.incubator.vector.."));
  }

  @Test
  void xnorPackagesFollowTheWayOfAModel() {
    check(
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.quench.xnor..")
            .layer("recognize")
            .definedBy("dev.quench.xnor.recognize..")
            .layer("plan")
            .definedBy("dev.quench.xnor.plan..")
            .layer("execute")
            .definedBy("dev.quench.xnor.execute..")
            .layer("kernel")
            .definedBy("dev.quench.xnor.kernel..")
            .whereLayer("kernel")
            .mayNotAccessAnyLayer()
            .whereLayer("recognize")
            .mayOnlyAccessLayers("kernel")
            .whereLayer("plan")
            .mayOnlyAccessLayers("recognize", "kernel")
            .whereLayer("execute")
            .mayOnlyAccessLayers("plan", "recognize", "kernel"));
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
            .resideInAPackage("dev.quench.xnor.kernel.."));
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
    rule.check(CLASSES);
  }

  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return type.getPackageName().startsWith("dev.quench")
          ? SliceIdentifier.of(type.getPackageName())
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "each package";
    }
  }
}
