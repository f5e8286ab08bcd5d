// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Convolutions, float and integer.
final class ConvolutionOps {
  private static final String WINDOW =
      "auto_pad:s=NOTSET dilations:is group:i=1 kernel_shape:is pads:is strides:is ";

  private ConvolutionOps() {}

  static void register(SchemaTable table) {
    table.add("Conv", since(1, 11, 22), "X W B? -> Y", WINDOW, c -> conv(c, 1));
    table.add(
        "ConvTranspose",
        since(1, 11, 22),
        "X W B? -> Y",
        WINDOW + "output_padding:is output_shape:is",
        ConvolutionOps::convTranspose);
    table.add(
        "DeformConv",
        since(19, 22),
        "X W offset B? mask? -> Y",
        "dilations:is group:i=1 kernel_shape:is offset_group:i=1 pads:is strides:is",
        c -> conv(c, 1));
    table.add(
        "ConvInteger",
        since(10),
        "x w x_zero_point? w_zero_point? -> y",
        WINDOW,
        ConvolutionOps::convInteger);
    table.add(
        "QLinearConv",
        since(10),
        "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B? -> y",
        WINDOW,
        c -> {
          conv(c, 3);
          c.copyType(7, 0);
        });
  }

  private static void convInteger(InferenceContext c) {
    conv(c, 1);
    c.setType(0, DataType.INT32);
  }

  private static void conv(InferenceContext c, int weight) {
    c.copyType(0, 0);
    checkAttributes(c);
    requireWeights(c, weight);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    requireSpatial(c, x);
    if (!c.known(weight)) {
      c.setShape(0, batchThenUnknown(x));
      return;
    }
    Shape w = c.shape(weight);
    c.requireRank(weight, x.rank(), form(x.rank(), "[M, C/group"));
    requireElements(c, weight);
    checkChannels(c, x.dim(1), w.dim(1), weight);
    if (w.dim(0) instanceof Dim.Fixed(long outputs) && outputs % group(c) != 0) {
      throw c.problem(
          weight, "%d output channels do not divide into %d groups".formatted(outputs, group(c)));
    }
    List<Dim> y = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
    long[] kernel = kernel(c, w, weight);
    y.addAll(
        kernel.length == 0
            ? Sizes.unknown(x.rank() - 2)
            : WindowSizes.of(c, SlidingWindow.of(c.node(), kernel), x));
    c.setShape(0, y);
  }

  private static void convTranspose(InferenceContext c) {
    c.copyType(0, 0);
    checkAttributes(c);
    requireWeights(c, 1);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    requireSpatial(c, x);
    if (!c.known(1)) {
      c.setShape(0, batchThenUnknown(x));
      return;
    }
    Shape w = c.shape(1);
    c.requireRank(1, x.rank(), form(x.rank(), "[C, M/group"));
    requireElements(c, 1);
    c.same(x.dim(1), w.dim(0), 1, "the number of input channels");
    List<Dim> y = new ArrayList<>(List.of(x.dim(0), Sizes.times(w.dim(1), group(c))));
    int axes = x.rank() - 2;
    long[] fixed = c.ints("output_shape").orElse(new long[0]);
    long[] kernel = kernel(c, w, 1);
    if (fixed.length >= axes) {
      for (int i = 0; i < axes; i++) {
        y.add(size(c, fixed[fixed.length - axes + i]));
      }
    } else if (kernel.length == 0) {
      y.addAll(Sizes.unknown(axes));
    } else {
      SlidingWindow window = SlidingWindow.of(c.node(), kernel);
      long[] outputPadding = c.ints("output_padding").orElse(new long[0]);
      y.addAll(WindowSizes.transposed(c, window, x, outputPadding));
    }
    c.setShape(0, y);
  }

  /// Kernels of runtimes loop forever on weights without elements.
  private static void requireElements(InferenceContext c, int weight) {
    if (c.shape(weight).dims().contains(Dim.of(0))) {
      throw c.problem(weight, "has no elements, expected channels and a kernel");
    }
  }

  private static Dim size(InferenceContext c, long size) {
    if (size < 0) {
      throw c.problem("attribute 'output_shape' holds " + size + ", expected sizes");
    }
    return Dim.of(size);
  }

  static void requireSpatial(InferenceContext c, Shape x) {
    if (x.rank() < 3) {
      throw c.problem(0, "rank %d, expected 3 or more [N, C, spatial axes]".formatted(x.rank()));
    }
  }

  /// From `kernel_shape`, which must agree with the weights, else from the weights; empty when not
  /// known.
  private static long[] kernel(InferenceContext c, Shape w, int weight) {
    int axes = w.rank() - 2;
    long[] given = c.ints("kernel_shape").orElse(new long[0]);
    if (given.length != 0 && given.length != axes) {
      throw c.problem(
          "attribute 'kernel_shape' has %d entries, expected %d".formatted(given.length, axes));
    }
    long[] kernel = new long[axes];
    for (int i = 0; i < axes; i++) {
      if (given.length == 0) {
        if (!(w.dim(2 + i) instanceof Dim.Fixed(long size))) {
          return new long[0];
        }
        kernel[i] = size;
      } else {
        kernel[i] = given[i];
        if (w.dim(2 + i) instanceof Dim.Fixed(long size) && size != given[i]) {
          throw c.problem(
              weight,
              "kernel is %d along spatial axis %d, but attribute 'kernel_shape' says %d"
                  .formatted(size, i, given[i]));
        }
      }
    }
    return kernel;
  }

  private static void checkChannels(InferenceContext c, Dim channels, Dim perGroup, int weight) {
    if (channels instanceof Dim.Fixed(long all)
        && perGroup instanceof Dim.Fixed(long some)
        && all != some * group(c)) {
      throw c.problem(
          weight,
          "%d input channels in each of %d groups, but the data have %d channels"
              .formatted(some, group(c), all));
    }
  }

  /// What must hold whether shapes are known or not.
  private static void checkAttributes(InferenceContext c) {
    group(c);
    SlidingWindow.checkSizes(c.node());
  }

  private static void requireWeights(InferenceContext c, int weight) {
    if (c.known(weight) && c.rank(weight) < 3) {
      throw c.problem(weight, "rank %d, expected 3 or more".formatted(c.rank(weight)));
    }
  }

  private static long group(InferenceContext c) {
    long group = c.integer("group");
    if (group < 1 || group > Integer.MAX_VALUE) {
      throw c.problem("attribute 'group' is " + group + ", expected 1 or more");
    }
    return group;
  }

  private static List<Dim> batchThenUnknown(Shape x) {
    List<Dim> y = Sizes.unknown(x.rank());
    y.set(0, x.dim(0));
    return y;
  }

  private static String form(int rank, String start) {
    StringBuilder form = new StringBuilder(start);
    String[] axes = rank == 4 ? new String[] {"kH", "kW"} : new String[0];
    if (axes.length == 0) {
      for (int i = 0; i < rank - 2; i++) {
        form.append(", k").append(i);
      }
    }
    for (String axis : axes) {
      form.append(", ").append(axis);
    }
    return form.append(']').toString();
  }
}
