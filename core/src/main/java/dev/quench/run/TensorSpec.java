// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;

/// Name, element type and shape of an input or output of a session; dimensions may be free.
public record TensorSpec(String name, DataType dataType, Shape shape) {
  @Override
  public String toString() {
    return "'" + name + "' " + dataType + " " + shape;
  }
}
