// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The jars of a class path that executors need.
///
/// @param always for every job
/// @param gpu for jobs on TensorRT as well: the bindings of TensorRT and CUDA
record ExecutorJars(List<String> always, List<String> gpu) {
  /// Jars that no executor needs: large ones, and those that Spark has itself.
  private static final List<String> DRIVER_ONLY =
      List.of(
          "pytorch",
          "openblas",
          "nd4j",
          "mkl",
          "slf4j",
          "protobuf-java",
          "jackson",
          "scala-",
          "spark-",
          "hadoop-",
          "log4j");

  private static final List<String> GPU = List.of("cuda", "tensorrt");

  /// @param classPath as of the system property `java.class.path`
  /// @param sparkHome whose jars executors have already; null where Spark lies elsewhere
  static ExecutorJars of(String classPath, @Nullable String sparkHome) {
    List<String> jars =
        Arrays.stream(classPath.split(File.pathSeparator, -1))
            .filter(entry -> entry.endsWith(".jar"))
            .filter(entry -> sparkHome == null || !entry.startsWith(sparkHome))
            .filter(isAnyOf(DRIVER_ONLY).negate())
            .distinct()
            .toList();
    return new ExecutorJars(
        jars.stream().filter(isAnyOf(GPU).negate()).toList(),
        jars.stream().filter(isAnyOf(GPU)).toList());
  }

  private static Predicate<String> isAnyOf(List<String> prefixes) {
    return entry -> {
      String name = String.valueOf(Path.of(entry).getFileName());
      return prefixes.stream().anyMatch(name::startsWith);
    };
  }
}
