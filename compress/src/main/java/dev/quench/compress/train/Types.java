// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import org.bytedeco.pytorch.ScalarTypeOptional;

/// Element types as libtorch's functions take them.
final class Types {
  /// The type of the operand.
  static final ScalarTypeOptional KEEP =
      new ScalarTypeOptional().<ScalarTypeOptional>retainReference();

  private Types() {}
}
