// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.cluster;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where to run: on a cluster of Apache Spark.
@OptionGroup("Cluster")
public final class ClusterOptions {
  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Run on Apache Spark, with the very result of one machine: local[*], spark://HOST:7077, yarn, k8s://HOST:PORT; needs SPARK_HOME.")
  private @Nullable String master;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "For --spark: parts of the data; default: four for each core.")
  private @Nullable Integer partitions;

  @Option(
      names = "--mixed-executors",
      description =
          "For --spark: let executors of different instruction sets or versions work together; last bits may then differ.")
  private boolean mixedExecutors;

  @Option(
      names = "--provenance",
      paramLabel = "FILE",
      description = "For --spark: also write which part was seen by which executor (JSON).")
  private @Nullable Path provenance;

  @Option(
      names = "--overwrite",
      description = "For --spark: replace outputs that exist, which are else refused.")
  private boolean overwrite;

  public boolean isGiven() {
    return master != null;
  }

  /// @throws picocli.CommandLine.ParameterException if options contradict each other
  public void check(QuenchCommand command) throws IOException {
    if (master == null
        && (partitions != null || mixedExecutors || provenance != null || overwrite)) {
      throw command.wrongUsage(
          "--partitions, --mixed-executors, --provenance and --overwrite need --spark");
    }
    if (partitions != null && partitions < 1) {
      throw command.wrongUsage("--partitions must be 1 or more, got " + partitions);
    }
    if (master != null && command.isGiven("--threads")) {
      throw command.wrongUsage(
          "--threads is for one machine; with --spark, spark.task.cpus says how many threads a task has");
    }
    command.checkOutputs(provenance);
  }

  /// Connects to the cluster.
  ///
  /// @param outputs that are to be written
  /// @throws CommandException if an output exists, or the module for Spark or Spark itself is not
  ///   there
  public Cluster connect(List<Path> outputs) {
    if (!overwrite) {
      outputs.forEach(ClusterOptions::refuseExisting);
      if (provenance != null) {
        refuseExisting(provenance);
      }
    }
    return connect(ClusterOptions.class.getClassLoader());
  }

  /// What a cluster has worked for is not replaced by accident.
  private static void refuseExisting(Path output) {
    if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandException(
          output + " exists; name another file, remove it, or give --overwrite");
    }
  }

  Cluster connect(ClassLoader classes) {
    ClusterProvider provider =
        ServiceLoader.load(ClusterProvider.class, classes).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.name().equals("spark"))
            .findFirst()
            .orElseThrow(() -> missing("quench-spark is not on the class path", null));
    try {
      return provider.connect(
          new ClusterProvider.Options(
              String.valueOf(master),
              partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions),
              mixedExecutors,
              Optional.ofNullable(provenance)));
    } catch (NoClassDefFoundError e) {
      throw missing("Spark's class " + e.getMessage() + " is not on the class path", e);
    }
  }

  private static CommandException missing(String what, @Nullable Throwable cause) {
    return new CommandException(
        "--spark: "
            + what
            + "; set SPARK_HOME to an installation of Spark 4.2 and start with ./quench, which adds its jars",
        cause);
  }
}
