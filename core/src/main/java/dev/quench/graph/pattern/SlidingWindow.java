// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The sliding window of a convolution or pooling node, as its attributes describe it, before the
/// size of its input is known. Immutable, thread-safe.
///
/// @param axes the spatial axes in order; for images rows, then columns
public record SlidingWindow(List<WindowAxis> axes) {
  private static final List<String> SIZES = List.of("kernel_shape", "strides", "dilations");

  /// Copies the list.
  public SlidingWindow {
    axes = List.copyOf(axes);
  }

  /// One window over a whole input of these spatial sizes.
  public static SlidingWindow whole(int... sizes) {
    return new SlidingWindow(Arrays.stream(sizes).mapToObj(WindowAxis::whole).toList());
  }

  /// Reads the attributes of a node.
  ///
  /// @param kernel by spatial axis, from the weights or the attribute `kernel_shape`
  /// @throws ModelFormatException if a list has the wrong length, a size is not positive, or
  ///   `auto_pad` is unknown
  public static SlidingWindow of(Node node, long... kernel) {
    int count = kernel.length;
    requirePositive(node, "kernel_shape", kernel);
    long[] strides = list(node, "strides", count, 1);
    long[] dilations = list(node, "dilations", count, 1);
    long[] given = list(node, "pads", 2 * count, 0);
    checkSizes(node);
    AutoPad autoPad = autoPad(node);
    long[] pads = autoPad == AutoPad.NOTSET ? given : new long[2 * count];
    boolean roundUp = node.intAttribute("ceil_mode", 0) != 0;
    return new SlidingWindow(
        IntStream.range(0, count)
            .mapToObj(i ->
                new WindowAxis(
                    (int) kernel[i],
                    (int) strides[i],
                    (int) dilations[i],
                    pad(node, pads[i]),
                    pad(node, pads[i + count]),
                    autoPad,
                    roundUp))
            .toList());
  }

  /// Checks the sizes in the attributes, which takes no shapes.
  ///
  /// @throws ModelFormatException if one is not positive
  public static void checkSizes(Node node) {
    for (String name : SIZES) {
      requirePositive(node, name, node.intsAttribute(name).orElse(new long[0]));
    }
  }

  private static AutoPad autoPad(Node node) {
    String name = node.textAttribute("auto_pad", AutoPad.NOTSET.name());
    return Arrays.stream(AutoPad.values())
        .filter(mode -> mode.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            problem(
                node,
                "attribute 'auto_pad' is '%s', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER"
                    .formatted(name)));
  }

  private static long[] list(Node node, String name, int length, long fill) {
    long[] given = node.intsAttribute(name).orElse(new long[0]);
    if (given.length == 0) {
      long[] filled = new long[length];
      Arrays.fill(filled, fill);
      return filled;
    }
    if (given.length != length) {
      throw problem(
          node, "attribute '%s' has %d entries, expected %d".formatted(name, given.length, length));
    }
    return given;
  }

  private static void requirePositive(Node node, String name, long[] sizes) {
    for (long size : sizes) {
      if (size <= 0 || size > Integer.MAX_VALUE) {
        throw problem(
            node,
            "attribute '%s' is %s, expected positive sizes"
                .formatted(name, Arrays.toString(sizes)));
      }
    }
  }

  private static int pad(Node node, long pad) {
    if (pad != (int) pad) {
      throw problem(node, "attribute 'pads' holds %d, expected a 32-bit size".formatted(pad));
    }
    return (int) pad;
  }

  private static ModelFormatException problem(Node node, String problem) {
    return new ModelFormatException(node.describe() + ": " + problem);
  }

  public WindowAxis axis(int index) {
    return axes.get(index);
  }

  /// Taps of the window over all axes.
  ///
  /// @throws ArithmeticException if there are 2³¹ or more
  public int taps() {
    return axes.stream().mapToInt(WindowAxis::kernel).reduce(1, Math::multiplyExact);
  }

  /// Kernel sizes by axis, a new array.
  public long[] kernel() {
    return axes.stream().mapToLong(WindowAxis::kernel).toArray();
  }

  /// Strides by axis, a new array.
  public long[] strides() {
    return axes.stream().mapToLong(WindowAxis::stride).toArray();
  }

  /// Dilations by axis, a new array.
  public long[] dilations() {
    return axes.stream().mapToLong(WindowAxis::dilation).toArray();
  }
}
