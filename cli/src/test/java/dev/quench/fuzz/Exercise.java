// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.QuenchException;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.cost.ModelCost;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.rewrite.Pass;
import dev.quench.graph.rewrite.PassPipeline;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Does with a model, however odd, what the commands do: each step works or refuses in order.
final class Exercise {
  private static final Backend BACKEND = new OnnxRuntimeBackend();
  private static final long MAX_ELEMENTS = 1 << 16;

  private final SplittableRandom random;

  Exercise(SplittableRandom random) {
    this.random = random;
  }

  /// A step of work on a model of its own.
  @FunctionalInterface
  private interface Step {
    void run(Model model);
  }

  /// @throws RuntimeException or an error that no hostile file may cause
  void all(byte[] bytes) {
    Model model;
    try {
      model = OnnxReader.read(bytes, "case");
    } catch (QuenchException e) {
      return;
    }
    step(model, m -> OnnxReader.read(OnnxWriter.toBytes(m), "again"));
    step(model, ModelCost::of);
    step(model, ModelDigest::of);
    step(model, m -> Fusion.withSiblingConvs(BACKEND).apply(m));
    step(model, QdqPlacement::tensors);
    step(model, m -> pass(m, new EqualizeCrossLayers()));
    step(model, m -> pass(m, new OpsetUpgrade(19)));
    step(model, m -> pass(m, LowerPrecision.to(ReducedPrecision.FP16)));
    step(model, m -> pass(m, FreeDimensions.batch("batch")));
    for (ExportTarget target : ExportTarget.all()) {
      step(model, target::refusals);
    }
    step(model, this::run);
  }

  private static void pass(Model model, Pass pass) {
    new PassPipeline(List.of(pass)).apply(model);
  }

  private void run(Model model) {
    try (Session session =
        BACKEND.open(
            model, SessionOptions.DEFAULT.withThreads(1).withOptimization(random.nextBoolean()))) {
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      for (TensorSpec input : session.inputs()) {
        List<Dim> dims = new ArrayList<>();
        for (Dim dim : input.shape().dims()) {
          dims.add(dim instanceof Dim.Fixed ? dim : Dim.of(random.nextInt(4)));
        }
        Shape shape = new Shape(dims);
        if (shape.elements() > MAX_ELEMENTS) {
          return;
        }
        inputs.put(input.name(), SchemaGraphs.tensor(input.dataType(), shape, random));
      }
      session.run(inputs);
    }
  }

  /// What the command line prints as one line is in order.
  private static void step(Model model, Step step) {
    try {
      step.run(model.copy());
    } catch (QuenchException e) {
      // refused
    } catch (IllegalArgumentException e) {
      if (e.getMessage() == null) {
        throw e;
      }
    }
  }
}
