// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.List;

/// Normalizations, softmax and dropout: the first output has the shape of the first input.
final class NormalizationOps {
  private NormalizationOps() {}

  static void register(SchemaTable table) {
    String running = "X scale B mean var -> Y mean? var? saved_mean? saved_var?";
    table.add(
        "BatchNormalization",
        since(7),
        running,
        "epsilon:f=1e-5 momentum:f=0.9 spatial:i=1",
        NormalizationOps::batch);
    table.add(
        "BatchNormalization",
        since(9),
        running,
        "epsilon:f=1e-5 momentum:f=0.9",
        NormalizationOps::batch);
    table.add(
        "BatchNormalization",
        since(14, 15),
        "X scale B input_mean input_var -> Y running_mean? running_var?",
        "epsilon:f=1e-5 momentum:f=0.9 training_mode:i=0",
        NormalizationOps::batch);
    table.add(
        "InstanceNormalization",
        since(6, 22),
        "input scale B -> output",
        "epsilon:f=1e-5",
        NormalizationOps::instance);
    table.add(
        "LayerNormalization",
        since(17),
        "X Scale B? -> Y Mean? InvStdDev?",
        "axis:i=-1 epsilon:f=1e-5 stash_type:i=1",
        NormalizationOps::layer);
    table.add(
        "GroupNormalization",
        since(18),
        "X scale bias -> Y",
        "epsilon:f=1e-5 num_groups:i!",
        NormalizationOps::groups);
    table.add(
        "GroupNormalization",
        since(21),
        "X scale bias -> Y",
        "epsilon:f=1e-5 num_groups:i! stash_type:i=1",
        NormalizationOps::groups);
    table.add(
        "MeanVarianceNormalization",
        since(9, 13),
        "X -> Y",
        "axes:is=0,2,3",
        NormalizationOps::overAxes);
    table.add(
        "LpNormalization",
        since(1, 22),
        "input -> output",
        "axis:i=-1 p:i=2",
        NormalizationOps::alongAxis);
    table.add(
        "LRN",
        since(1, 13),
        "X -> Y",
        "alpha:f=0.0001 beta:f=0.75 bias:f=1 size:i!",
        NormalizationOps::localResponse);
    String softmax = "Softmax LogSoftmax Hardmax";
    table.addAll(
        softmax, since(1, 11), "input -> output", "axis:i=1", NormalizationOps::flattening);
    table.addAll(softmax, since(13), "input -> output", "axis:i=-1", NormalizationOps::alongAxis);
    table.add(
        "Dropout", since(7, 10), "data -> output mask?", "ratio:f=0.5", NormalizationOps::dropout);
    table.add(
        "Dropout",
        since(12, 13, 22),
        "data ratio? training_mode? -> output mask?",
        "seed:i",
        NormalizationOps::dropout);
  }

  static void keep(InferenceContext c) {
    c.copyType(0, 0);
    c.copyShape(0, 0);
  }

  private static void localResponse(InferenceContext c) {
    keep(c);
    long size = c.integer("size");
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw c.problem("attribute 'size' is " + size + ", expected 1 or more");
    }
    requireChannels(c);
  }

  private static void groups(InferenceContext c) {
    keep(c);
    long groups = c.integer("num_groups");
    if (groups < 1) {
      throw c.problem("attribute 'num_groups' is " + groups + ", expected 1 or more");
    }
    requireChannels(c);
    if (c.known(0) && c.shape(0).dim(1) instanceof Dim.Fixed(long size) && size % groups != 0) {
      throw c.problem(0, "%d channels do not divide into %d groups".formatted(size, groups));
    }
  }

  private static void instance(InferenceContext c) {
    keep(c);
    requireChannels(c);
    for (int i = 1; i <= 2; i++) {
      if (c.known(0, i)) {
        c.requireRank(i, 1, "[C]");
        c.same(c.shape(0).dim(1), c.shape(i).dim(0), i, "the number of channels");
      }
    }
  }

  private static void overAxes(InferenceContext c) {
    keep(c);
    if (c.known(0)) {
      for (long axis : c.ints("axes").orElse(new long[0])) {
        c.axis(axis, c.rank(0));
      }
    }
  }

  private static void requireChannels(InferenceContext c) {
    if (c.known(0) && c.rank(0) < 2) {
      throw c.problem(0, "rank %d, expected 2 or more [N, C, …]".formatted(c.rank(0)));
    }
  }

  private static void alongAxis(InferenceContext c) {
    keep(c);
    if (c.known(0) && c.rank(0) > 0) {
      c.axis(c.integer("axis"), c.rank(0));
    }
  }

  /// Until opset 12 the axis splits the shape in two, and may lie behind the last one.
  private static void flattening(InferenceContext c) {
    keep(c);
    if (c.known(0) && c.integer("axis") != c.rank(0)) {
      c.axis(c.integer("axis"), c.rank(0));
    }
  }

  private static void batch(InferenceContext c) {
    keep(c);
    Dim channels = Dim.UNKNOWN;
    if (c.known(0)) {
      Shape x = c.shape(0);
      channels = x.rank() > 1 ? x.dim(1) : Dim.of(1);
    }
    boolean perChannel = !c.hasAttribute("spatial") || c.flag("spatial");
    for (int i = 1; i <= 4; i++) {
      if (c.known(i) && perChannel) {
        c.requireRank(i, 1, "[C]");
        channels = c.same(channels, c.shape(i).dim(0), i, "the number of channels");
      }
    }
    for (int i = 1; i < c.outputCount(); i++) {
      c.copyType(i <= 2 ? i + 2 : i, i);
      if (perChannel) {
        c.setShape(i, Shape.of(channels));
      }
    }
  }

  private static void layer(InferenceContext c) {
    keep(c);
    DataType statistics =
        DataType.fromOnnxCode((int) c.integer("stash_type")).orElse(DataType.FLOAT);
    c.setType(1, statistics);
    c.setType(2, statistics);
    if (!c.known(0)) {
      return;
    }
    int axis = c.axis(c.integer("axis"), c.rank(0));
    List<Dim> reduced = Sizes.copyOf(c.shape(0));
    for (int i = axis; i < reduced.size(); i++) {
      reduced.set(i, Dim.of(1));
    }
    c.setShape(1, reduced);
    c.setShape(2, reduced);
  }

  private static void dropout(InferenceContext c) {
    keep(c);
    c.copyShape(0, 1);
    // The mask is of the data's own type before opset 10.
    if (c.schema().sinceVersion() < 10) {
      c.copyType(0, 1);
    } else {
      c.setType(1, DataType.BOOL);
    }
  }
}
