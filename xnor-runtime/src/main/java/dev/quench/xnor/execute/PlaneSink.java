// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.Team;

/// Takes over what is needed of a tensor in the graph's own layout while its memory is there.
public interface PlaneSink {
  /// @param team runs the work; a large tensor is shared between its threads
  void accept(Tensor planes, Team team);
}
