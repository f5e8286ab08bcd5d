// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// Connects to a kind of cluster. [java.util.ServiceLoader] finds an implementation that has a
/// public constructor without parameters and is listed as a service.
public interface ClusterProvider {
  /// For example `spark`.
  String name();

  /// Connects.
  ///
  /// @throws dev.quench.QuenchException if that is not possible, saying what is missing
  Cluster connect(Options options);

  /// @param master address of the cluster, such as `local[2]` or `spark://host:7077`
  /// @param partitions parts of the data; a few for each core unless given
  /// @param mixedExecutors whether executors of different instruction sets or versions may work
  ///   together; their last bits may differ
  /// @param provenance file that says which part was seen where; none unless given
  record Options(
      String master, OptionalInt partitions, boolean mixedExecutors, Optional<Path> provenance) {
    /// Whether executors are processes of their own, also on other machines: the master is neither
    /// `local` nor `local[N]`.
    public boolean hasExecutors() {
      return !master.equals("local") && !master.startsWith("local[");
    }
  }
}
