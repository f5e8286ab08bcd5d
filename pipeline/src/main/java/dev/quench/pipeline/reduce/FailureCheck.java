// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reduce;

import dev.quench.graph.Model;
import java.io.IOException;

/// Tells whether a model shows the failure that is looked for.
@FunctionalInterface
public interface FailureCheck {
  /// @param model not to be modified
  /// @throws IOException if the check itself cannot be done, which ends the search
  boolean fails(Model model) throws IOException;
}
