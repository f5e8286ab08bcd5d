// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.build;

import dev.quench.pipeline.calibrate.RangeSource;

/// Who says which layers of an engine run in INT8.
public sealed interface Int8Mode {
  /// The model: its Q/DQ nodes where it has some, else nothing runs in INT8.
  record OfModel() implements Int8Mode {}

  /// Q/DQ nodes, which the model must have.
  record Explicit() implements Int8Mode {}

  /// Q/DQ nodes that are inserted with the ranges of a table or of data.
  record Inserted(RangeSource ranges) implements Int8Mode {}

  /// TensorRT, up to version 10, by these ranges.
  record Implicit(RangeSource ranges) implements Int8Mode {}
}
