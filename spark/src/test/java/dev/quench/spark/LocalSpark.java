// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/// Sessions of Spark for tests, without a user interface and on loopback alone.
final class LocalSpark {
  private LocalSpark() {}

  /// Workers and executors as processes of their own, with the classes of this one.
  static SparkSession.Builder cluster(int workers, int cores, int mebibytes) throws IOException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    return builder("local-cluster[%d,%d,%d]".formatted(workers, cores, mebibytes))
        .config("spark.executor.extraClassPath", System.getProperty("java.class.path"));
  }

  static SparkSession.Builder builder(String master) {
    return SparkSession.builder()
        .config(
            new SparkConf()
                .setMaster(master)
                .setAppName("quench tests")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                // Rows here are few: generating and compiling code for them takes longer.
                .set("spark.sql.codegen.wholeStage", "false")
                .set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                .set("spark.sql.adaptive.enabled", "false")
                .set("spark.sql.shuffle.partitions", "2"));
  }
}
