// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterProvider;

/// Connects to Apache Spark. Stateless, thread-safe.
public final class SparkClusterProvider implements ClusterProvider {
  @Override
  public String name() {
    return "spark";
  }

  @Override
  public Cluster connect(Options options) {
    return SparkCluster.connect(options);
  }
}
