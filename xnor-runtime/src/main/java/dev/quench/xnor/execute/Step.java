// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Team;

/// An [Operation][dev.quench.xnor.recognize.Operation] over buffers of known size, part of one
/// [Frame][dev.quench.xnor.plan.Frame]. Allocates nothing.
public interface Step extends Team.Work {
  /// Whether the work is worth a second thread.
  boolean isLarge();
}
