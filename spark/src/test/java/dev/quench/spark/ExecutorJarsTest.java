// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExecutorJarsTest {
  private static final String CLASS_PATH =
      String.join(
          ":",
          "/q/lib/quench-core-0.1.0.jar",
          "/q/lib/onnxruntime-1.27.0.jar",
          "/q/lib/quench-core-0.1.0.jar",
          "/q/lib/javacpp-1.5.13.jar",
          "/q/lib/cuda-13.1-9.19-1.5.13.jar",
          "/q/lib/cuda-13.1-9.19-1.5.13-linux-x86_64.jar",
          "/q/lib/tensorrt-10.15-1.5.13.jar",
          "/q/lib/pytorch-2.10.0-1.5.13.jar",
          "/q/lib/jackson-databind-2.21.0.jar",
          "/opt/spark/jars/spark-core_2.13-4.2.0.jar",
          "/opt/spark/jars/lz4-java-1.8.0.jar",
          "/q/classes");

  @Test
  void executorsGetWhatRunsModels() {
    ExecutorJars jars = ExecutorJars.of(CLASS_PATH, "/opt/spark");

    assertThat(jars.always())
        .containsExactly(
            "/q/lib/quench-core-0.1.0.jar",
            "/q/lib/onnxruntime-1.27.0.jar",
            "/q/lib/javacpp-1.5.13.jar");
    assertThat(jars.gpu())
        .containsExactly(
            "/q/lib/cuda-13.1-9.19-1.5.13.jar",
            "/q/lib/cuda-13.1-9.19-1.5.13-linux-x86_64.jar",
            "/q/lib/tensorrt-10.15-1.5.13.jar");
  }

  @Test
  void sparksOwnJarsStayBehindWhereverTheyLie() {
    assertThat(ExecutorJars.of(CLASS_PATH, null).always())
        .contains("/opt/spark/jars/lz4-java-1.8.0.jar")
        .doesNotContain("/opt/spark/jars/spark-core_2.13-4.2.0.jar");
  }
}
