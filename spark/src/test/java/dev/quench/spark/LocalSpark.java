// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/// Sessions of Spark for tests, without a user interface and on loopback alone.
final class LocalSpark {
  private LocalSpark() {}

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
