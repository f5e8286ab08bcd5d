// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import org.bytedeco.pytorch.Scalar;

/// Scalars that outlive every pointer scope.
public final class Constants {
  public static final Scalar ZERO = keep(new Scalar(0.0));
  public static final Scalar ONE = keep(new Scalar(1.0));
  public static final Scalar MINUS_ONE = keep(new Scalar(-1.0));
  public static final Scalar TWO = keep(new Scalar(2.0));

  private Constants() {}

  private static Scalar keep(Scalar scalar) {
    return scalar.retainReference();
  }
}
