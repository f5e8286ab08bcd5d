// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import org.bytedeco.pytorch.ScalarTypeOptional;

/// Element types as libtorch's functions take them.
public final class Types {
  /// The type of the operand.
  public static final ScalarTypeOptional KEEP =
      new ScalarTypeOptional().<ScalarTypeOptional>retainReference();

  private Types() {}
}
