// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import dev.quench.xnor.internal.Team;

/// An [Operation] over buffers of known size, part of one [Frame]. Allocates nothing.
interface Step extends Team.Work {
  /// Whether the work is worth a second thread.
  boolean isLarge();
}
