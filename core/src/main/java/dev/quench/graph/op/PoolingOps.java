// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Pooling over windows, over whole planes and over regions.
final class PoolingOps {
  private static final String WINDOW = "auto_pad:s=NOTSET kernel_shape:is! pads:is strides:is ";

  private PoolingOps() {}

  static void register(SchemaTable table) {
    table.add("MaxPool", since(1), "X -> Y", WINDOW, PoolingOps::pool);
    table.add(
        "MaxPool", since(8), "X -> Y Indices?", WINDOW + "storage_order:i=0", PoolingOps::pool);
    table.add(
        "MaxPool",
        since(10, 11, 12, 22),
        "X -> Y Indices?",
        WINDOW + "storage_order:i=0 ceil_mode:i=0 dilations:is",
        PoolingOps::pool);
    String average = WINDOW + "count_include_pad:i=0 ";
    table.add("AveragePool", since(1), "X -> Y", WINDOW, PoolingOps::pool);
    table.add("AveragePool", since(7), "X -> Y", average, PoolingOps::pool);
    table.add("AveragePool", since(10, 11), "X -> Y", average + "ceil_mode:i=0", PoolingOps::pool);
    table.add(
        "AveragePool",
        since(19, 22),
        "X -> Y",
        average + "ceil_mode:i=0 dilations:is",
        PoolingOps::pool);
    table.add("LpPool", since(2, 11), "X -> Y", WINDOW + "p:i=2", PoolingOps::pool);
    table.add(
        "LpPool",
        since(18, 22),
        "X -> Y",
        WINDOW + "p:i=2 ceil_mode:i=0 dilations:is",
        PoolingOps::pool);
    table.addAll("GlobalAveragePool GlobalMaxPool", since(1, 22), "X -> Y", "", PoolingOps::global);
    table.add("GlobalLpPool", since(2, 22), "X -> Y", "p:i=2", PoolingOps::global);
    table.add(
        "MaxUnpool",
        since(9, 11, 22),
        "X I output_shape? -> output",
        "kernel_shape:is! pads:is strides:is",
        PoolingOps::unpool);
    String region =
        "output_height:i=1 output_width:i=1 sampling_ratio:i=0 spatial_scale:f=1 mode:s=avg ";
    table.add("RoiAlign", since(10), "X rois batch_indices -> Y", region, PoolingOps::regions);
    table.add(
        "RoiAlign",
        since(16, 22),
        "X rois batch_indices -> Y",
        region + "coordinate_transformation_mode:s=half_pixel",
        PoolingOps::regions);
  }

  private static void pool(InferenceContext c) {
    c.copyType(0, 0);
    c.setType(1, DataType.INT64);
    SlidingWindow.checkSizes(c.node());
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    ConvolutionOps.requireSpatial(c, x);
    List<Dim> y = new ArrayList<>(x.dims().subList(0, 2));
    y.addAll(WindowSizes.of(c, SlidingWindow.of(c.node(), kernel(c, x)), x));
    c.setShape(0, y);
    c.setShape(1, y);
  }

  private static long[] kernel(InferenceContext c, Shape x) {
    long[] kernel = c.ints("kernel_shape").orElse(new long[0]);
    if (kernel.length != x.rank() - 2) {
      throw c.problem(
          "attribute 'kernel_shape' has %d entries, expected %d for input of shape %s"
              .formatted(kernel.length, x.rank() - 2, x));
    }
    return kernel;
  }

  private static void global(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    ConvolutionOps.requireSpatial(c, x);
    List<Dim> y = new ArrayList<>(x.dims().subList(0, 2));
    while (y.size() < x.rank()) {
      y.add(Dim.of(1));
    }
    c.setShape(0, y);
  }

  private static void unpool(InferenceContext c) {
    c.copyType(0, 0);
    SlidingWindow.checkSizes(c.node());
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    ConvolutionOps.requireSpatial(c, x);
    if (c.has(2)) {
      c.values(2)
          .ifPresent(v -> c.setShape(0, v.elements().stream().map(PartialValues::asDim).toList()));
      return;
    }
    SlidingWindow window = SlidingWindow.of(c.node(), kernel(c, x));
    List<Dim> y = new ArrayList<>(x.dims().subList(0, 2));
    y.addAll(WindowSizes.transposed(c, window, x, new long[0]));
    c.setShape(0, y);
  }

  private static void regions(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    c.requireRank(0, 4, "[N, C, H, W]");
    Dim count = c.known(1) && c.rank(1) > 0 ? c.shape(1).dim(0) : Dim.UNKNOWN;
    c.setShape(
        0,
        Shape.of(
            count,
            c.shape(0).dim(1),
            Dim.of(Math.max(0, c.integer("output_height"))),
            Dim.of(Math.max(0, c.integer("output_width")))));
  }
}
