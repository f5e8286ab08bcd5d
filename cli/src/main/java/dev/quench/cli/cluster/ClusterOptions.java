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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.stream.Stream;
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
      description = "For --spark: replace outputs that exist, which are otherwise refused.")
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

  /// Whether executors are processes of their own, also on other machines.
  public boolean hasExecutors() {
    return master != null && options().hasExecutors();
  }

  /// Whether a file says which part was seen where.
  public boolean hasProvenance() {
    return provenance != null;
  }

  /// Refuses to replace what is there: a cluster may have worked long for it. Without a cluster, or
  /// with `--overwrite`, nothing is refused.
  ///
  /// @throws CommandException naming the first output that exists
  public void refuseExisting(Stream<Path> outputs) {
    if (master == null || overwrite) {
      return;
    }
    Stream.concat(outputs, Stream.ofNullable(provenance))
        .filter(output -> Files.exists(output, LinkOption.NOFOLLOW_LINKS))
        .findFirst()
        .ifPresent(output -> {
          throw new CommandException(
              output + " exists; name another file, remove it, or give --overwrite");
        });
  }

  /// Connects to the cluster.
  ///
  /// @throws CommandException if the module for Spark or Spark itself is not there
  public Cluster connect() {
    return connect(ClusterOptions.class.getClassLoader());
  }

  Cluster connect(ClassLoader classes) {
    ClusterProvider provider =
        ServiceLoader.load(ClusterProvider.class, classes).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.name().equals("spark"))
            .findFirst()
            .orElseThrow(() -> missing("quench-spark is not on the class path", null));
    try {
      return provider.connect(options());
    } catch (NoClassDefFoundError e) {
      throw missing("Spark's class " + e.getMessage() + " is not on the class path", e);
    }
  }

  private ClusterProvider.Options options() {
    return new ClusterProvider.Options(
        String.valueOf(master),
        partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions),
        mixedExecutors,
        Optional.ofNullable(provenance));
  }

  private static CommandException missing(String what, @Nullable Throwable cause) {
    return new CommandException(
        "--spark: "
            + what
            + "; set SPARK_HOME to an installation of Spark 4.2 and start with ./quench, which adds its jars",
        cause);
  }
}
