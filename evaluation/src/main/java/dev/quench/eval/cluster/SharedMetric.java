// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import dev.quench.metric.fidelity.Reference;
import dev.quench.run.Metric;
import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;

/// Makes the same metric in every process; what is sent to other machines in place of a metric.
@FunctionalInterface
public interface SharedMetric extends Serializable {
  /// @param reference for a metric that compares with a reference model; else empty
  /// @throws IOException if a file that the metric needs cannot be read here
  Metric metric(Optional<Reference> reference) throws IOException;
}
