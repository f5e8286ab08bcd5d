// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.QuenchException;
import dev.quench.compress.fuse.FlushDenormals;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.cost.ModelCost;
import dev.quench.export.dimension.BatchProof;
import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.export.target.ExportTarget;
import dev.quench.export.target.LowerResize;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
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
import dev.quench.xnor.XnorBackend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Does with a model, however odd, what the commands do: each step works or refuses in order.
final class Exercise {
  private static final Backend BACKEND = new OnnxRuntimeBackend();
  private static final long MAX_ELEMENTS = 1 << 16;
  private static final double MAX_INNER_ELEMENTS = 1 << 20;

  private final SplittableRandom random;

  Exercise(SplittableRandom random) {
    this.random = random;
  }

  /// One step of work, on a copy of the model.
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
    step(model, m -> transform(m, LowerPrecision.to(ReducedPrecision.FP16)));
    step(model, m -> transform(m, LowerPrecision.to(ReducedPrecision.BF16).convertingInterface()));
    step(model, m -> transform(m, new FlushDenormals()));
    step(model, m -> pass(m, new LowerResize()));
    step(model, m -> pass(m, new FixDimensions(Map.of("N", 2L))));
    step(model, this::free);
    step(model, this::quantize);
    step(model, m -> new XnorBackend().plan(m));
    for (ExportTarget target : ExportTarget.all()) {
      step(model, target::refusals);
    }
    step(model, this::run);
  }

  private static void pass(Model model, Rewrite pass) {
    new RewritePipeline(List.of(pass)).apply(model);
  }

  private static void transform(Model model, Transformation<?> transformation) {
    transformation.apply(model);
    model.graph().sortTopologically();
    GraphValidator.validate(model);
  }

  private void free(Model model) {
    Model former = model.copy();
    transform(model, FreeDimensions.batch("batch"));
    if (hasFewElements(former)) {
      var _ = new BatchProof(former, "batch").require(model, BACKEND);
    }
  }

  private void quantize(Model model) {
    pass(model, new OpsetUpgrade(InsertQdq.neededOpset(model)));
    Fusion.standard(BACKEND).apply(model);
    new InsertQdq(_ -> OptionalDouble.of(1.5), QdqOptions.DEFAULT).apply(model);
    run(model);
  }

  /// What asks for gigabytes is slow by right.
  private static boolean hasFewElements(Model model) {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    return typed.graph().allNodes().stream()
        .flatMap(node -> Stream.concat(node.inputs().stream(), node.outputs().stream()))
        .allMatch(value -> value.shape().map(Exercise::isSmall).orElse(true));
  }

  private static boolean isSmall(Shape shape) {
    double elements = 1;
    for (Dim dim : shape.dims()) {
      elements *= dim instanceof Dim.Fixed(long size) ? size : 8;
    }
    return elements <= MAX_INNER_ELEMENTS;
  }

  private void run(Model model) {
    if (!hasFewElements(model)) {
      return;
    }
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
