// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import org.bytedeco.pytorch.ScalarTypeOptional;

/// Element types in the form of libtorch's arguments.
public final class Types {
  /// Keeps the type of the operand.
  public static final ScalarTypeOptional KEEP =
      new ScalarTypeOptional().<ScalarTypeOptional>retainReference();

  private Types() {}
}
