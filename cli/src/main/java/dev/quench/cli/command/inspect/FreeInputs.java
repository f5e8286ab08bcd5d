// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a count says about inputs whose declared shape leaves sizes free.
public final class FreeInputs {
  private FreeInputs() {}

  /// A line for each such input: at which shape it is counted.
  ///
  /// @param settled the model at the shapes that are counted at
  /// @param given shapes by input name, which need no remark
  public static List<String> of(Model declared, Model settled, Map<String, Shape> given) {
    List<String> lines = new ArrayList<>();
    List<Value> counted = settled.graph().requiredInputs();
    int index = 0;
    for (Value input : declared.graph().requiredInputs()) {
      Shape at = counted.get(index++).shape().orElse(Shape.SCALAR);
      Shape shape = input.shape().orElse(Shape.SCALAR);
      if (given.containsKey(input.name()) || isFixed(shape)) {
        continue;
      }
      lines.add(
          isFixed(at)
              ? "counted at '%s' %s; --shape counts at another".formatted(input.name(), at)
              : "'%s' %s has sizes that nothing settles; --shape %s=%s does"
                  .formatted(input.name(), at, input.name(), example(at)));
    }
    return lines;
  }

  private static boolean isFixed(Shape shape) {
    return shape.dims().stream().allMatch(Dim.Fixed.class::isInstance);
  }

  /// For example `1x3xHxW`.
  private static String example(Shape shape) {
    List<String> sizes = new ArrayList<>();
    for (Dim dim : shape.dims()) {
      sizes.add(
          switch (dim) {
            case Dim.Fixed(long size) -> Long.toString(size);
            case Dim.Symbolic _, Dim.Unknown _ -> "N";
          });
    }
    return String.join("x", sizes);
  }
}
