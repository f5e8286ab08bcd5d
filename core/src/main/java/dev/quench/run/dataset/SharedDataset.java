// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.io.IOException;
import java.io.Serializable;

/// Opens the same data set in every process that sees its files; what is sent to other machines in
/// place of the samples.
@FunctionalInterface
public interface SharedDataset extends Serializable {
  /// The data set, with the same samples in the same order in every process.
  ///
  /// @throws IOException if the data cannot be read here
  Dataset open() throws IOException;
}
