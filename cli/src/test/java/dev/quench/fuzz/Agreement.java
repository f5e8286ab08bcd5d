// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.QuenchException;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.export.dimension.BatchProof;
import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Backend;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Whether a valid network computes the same after each pass as before, in ONNX Runtime without
/// graph optimization; a pass may refuse.
final class Agreement {
  private static final String BATCH = "batch";

  /// Both sides round the same tensors and compute all else in FLOAT.
  private static final double LEAST_ROUNDED = 0.999999;

  private static final int PERTURBATIONS = 8;

  private static final Backend BACKEND = new OnnxRuntimeBackend();
  private static final SessionOptions EXACT =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  private final Model model;
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final Map<String, Tensor> expected;

  Agreement(Model model, SplittableRandom random) {
    this.model = model;
    for (Value input : model.graph().requiredInputs()) {
      Shape shape = input.shape().orElseThrow();
      inputs.put(input.name(), SchemaGraphs.tensor(input.dataType().orElseThrow(), shape, random));
    }
    this.expected = run(model, inputs);
  }

  void check() {
    require(read(model), "read and written", 0);
    Model fused = model.copy();
    Fusion.withSiblingConvs(BACKEND).apply(fused);
    require(fused, "fused", 1e-5);
    changed(new EqualizeCrossLayers(), 1e-4);
    Model free = freed();
    if (free != null && isProved(free)) {
      long batch = inputs.values().iterator().next().shape().size(0);
      twice("batch twice", free);
      twice("batch fixed at twice", fixed(free, 2 * batch));
      require(fixed(free, batch), "fixed again", 1e-5);
    }
    halved(ReducedPrecision.FP16, 0.999, 0.9999);
    halved(ReducedPrecision.BF16, 0.99, 0.999);
    quantized();
  }

  /// A freed model is written only when this holds.
  private boolean isProved(Model free) {
    try {
      return new BatchProof(model, BATCH).require(free, BACKEND).isEmpty();
    } catch (QuenchException e) {
      return false;
    }
  }

  private static Model fixed(Model free, long batch) {
    Model fixed = free.copy();
    new RewritePipeline(List.of(new FixDimensions(Map.of(BATCH, batch)))).apply(fixed);
    return fixed;
  }

  private static Model read(Model model) {
    return OnnxReader.read(OnnxWriter.toBytes(model), "case");
  }

  private @Nullable Model changed(Rewrite pass, double tolerance) {
    Model copy = model.copy();
    try {
      new RewritePipeline(List.of(pass)).apply(copy);
    } catch (QuenchException e) {
      return null; // refused
    }
    require(copy, pass.name(), tolerance);
    return copy;
  }

  private @Nullable Model freed() {
    Model copy = model.copy();
    try {
      FreeDimensions.batch(BATCH).apply(copy);
    } catch (QuenchException e) {
      return null; // refused
    }
    require(copy, "free-dimensions", 1e-5);
    return copy;
  }

  /// With the batch doubled, each half gives what the batch gave.
  private void twice(String what, Model free) {
    Map<String, Tensor> doubled = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> doubled.put(name, doubled(tensor)));
    Map<String, Tensor> actual = run(free, doubled);
    actual.forEach(
        (name, tensor) -> compare(what, name, doubled(expected.get(name)), tensor, 1e-5));
  }

  private static Tensor doubled(Tensor tensor) {
    float[] once = tensor.toFloats();
    float[] twice = new float[once.length * 2];
    System.arraycopy(once, 0, twice, 0, once.length);
    System.arraycopy(once, 0, twice, once.length, once.length);
    Shape shape = tensor.shape().with(0, Dim.of(2 * tensor.shape().size(0)));
    return Tensor.ofFloats(shape, twice);
  }

  /// The lowered file, computed as ONNX defines it, is held against the float model with the same
  /// tensors rounded. ONNX Runtime rounds elsewhere: not between nodes that it computes in FLOAT,
  /// and with each addition of a Gemm in FLOAT16. So its result may be as far from the emulated
  /// rounding as such errors, made at random, move the network's output; in most networks that is
  /// nothing, while an InstanceNormalization of nearly equal values, a Softmax of large ones or a
  /// Clip of what cancels magnifies them.
  ///
  /// @param least cosine of ONNX Runtime's result to the float model, where it has kernels of that
  ///   type
  /// @param leastRounded cosine of it to emulated rounding, where the network magnifies nothing
  private void halved(ReducedPrecision precision, double least, double leastRounded) {
    Model lowered = model.copy();
    try {
      LowerPrecision.to(precision).withRanges(magnitudes()).apply(lowered);
    } catch (QuenchException e) {
      return; // refused
    }
    RoundedReference rounding = new RoundedReference(precision.type());
    Model reference =
        rounding
            .of(model, lowered)
            .orElseThrow(() -> new IllegalStateException(precision + ": nodes are not the same"));
    Map<String, Tensor> rounded = run(reference, inputs);
    requireCosine(
        precision + " against emulated rounding",
        rounded,
        run(rounding.twin(lowered), inputs),
        LEAST_ROUNDED);
    Map<String, Tensor> actual;
    try {
      actual = run(lowered, inputs);
    } catch (QuenchException e) {
      return; // no kernels of that type
    }
    requireCosine(precision + " against FP32", expected, actual, least);
    requireRounding(precision, lowered, rounded, actual, leastRounded);
  }

  private void requireRounding(
      ReducedPrecision precision,
      Model lowered,
      Map<String, Tensor> rounded,
      Map<String, Tensor> actual,
      double least) {
    Map<String, Double> cosines = cosines(rounded, actual);
    if (cosines.values().stream().allMatch(cosine -> cosine >= least)) {
      return;
    }
    Map<String, Double> moved = new HashMap<>();
    for (int i = 0; i < PERTURBATIONS; i++) {
      Model perturbed = PerturbedReference.of(lowered, precision.type(), new SplittableRandom(i));
      cosines(rounded, run(perturbed, inputs))
          .forEach((name, cosine) -> moved.merge(name, cosine, Math::min));
    }
    cosines.forEach((name, cosine) -> {
      if (!(cosine >= Math.min(least, moved.get(name)))) {
        throw new IllegalStateException(
            "%s in ONNX Runtime: output '%s' has cosine %.6f to emulated rounding, other roundings move it to %.6f"
                .formatted(precision, name, cosine, moved.get(name)));
      }
    });
  }

  private static Map<String, Double> cosines(
      Map<String, Tensor> expected, Map<String, Tensor> actual) {
    Map<String, Double> cosines = new LinkedHashMap<>();
    actual.forEach((name, tensor) ->
        cosines.put(name, cosine(expected.get(name).toFloats(), tensor.toFloats())));
    return cosines;
  }

  /// Of all tensors, so that none overflows unnoticed.
  private QuantizationRanges magnitudes() {
    Set<String> inner = new LinkedHashSet<>();
    for (Node node : model.graph().nodes()) {
      node.outputs().stream().filter(Value::isPresent).map(Value::name).forEach(inner::add);
    }
    Map<String, Double> greatest = new HashMap<>();
    inputs.forEach((name, tensor) -> greatest.put(name, greatest(tensor.toFloats())));
    observe(model, inner)
        .forEach((name, tensor) -> greatest.put(name, greatest(tensor.toFloats())));
    return name ->
        greatest.containsKey(name) ? OptionalDouble.of(greatest.get(name)) : OptionalDouble.empty();
  }

  private static void requireCosine(
      String what, Map<String, Tensor> expected, Map<String, Tensor> actual, double least) {
    actual.forEach((name, tensor) -> {
      double cosine = cosine(expected.get(name).toFloats(), tensor.toFloats());
      if (!(cosine >= least)) {
        throw new IllegalStateException(
            "%s: output '%s' has cosine %.6f".formatted(what, name, cosine));
      }
    });
  }

  /// Each tensor within one step of Q/DQ written out in FLOAT; where no tensor is a step away, the
  /// outputs too are the same.
  private void quantized() {
    Model fused = model.copy();
    Fusion.standard(BACKEND).apply(fused);
    Set<String> tensors = QdqPlacement.tensors(fused);
    if (tensors.isEmpty()) {
      return;
    }
    Map<String, Double> greatest = new HashMap<>();
    observe(fused, tensors)
        .forEach((name, tensor) -> greatest.put(name, greatest(tensor.toFloats())));
    Model quantized = fused.copy();
    new InsertQdq(name -> OptionalDouble.of(greatest.get(name)), QdqOptions.DEFAULT)
        .apply(quantized);
    QuantizedReference reference = new QuantizedReference(quantized, fused);
    Set<String> taps = reference.steps().keySet();
    Map<String, Tensor> wanted = observe(reference.model(), taps);
    Map<String, Tensor> given = observe(quantized, taps);
    boolean same = true;
    for (String name : taps) {
      float[] before = wanted.get(name).toFloats();
      float[] after = given.get(name).toFloats();
      double step = reference.steps().get(name);
      for (int i = 0; i < before.length; i++) {
        double error = Math.abs((double) before[i] - after[i]);
        same &= error < step / 2;
        if (!(error <= step * 1.001)) {
          throw new IllegalStateException(
              "quantized: '%s' is %.3g away, the step is %.3g".formatted(name, error, step));
        }
      }
    }
    if (same) {
      Map<String, Tensor> outputs = run(reference.model(), inputs);
      run(quantized, inputs)
          .forEach((name, tensor) -> compare("quantized", name, outputs.get(name), tensor, 1e-5));
    }
  }

  private static double greatest(float[] values) {
    double greatest = 0;
    for (float value : values) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  private Map<String, Tensor> observe(Model observed, Set<String> taps) {
    Map<String, Tensor> tensors = new HashMap<>();
    try (Session session = BACKEND.open(observed, EXACT.withTaps(taps))) {
      session.observe(
          inputs,
          (name, tensor) -> tensors.put(name, Tensor.ofFloats(tensor.shape(), tensor.toFloats())));
    }
    return tensors;
  }

  private void require(Model changed, String what, double tolerance) {
    Map<String, Tensor> actual = run(changed, inputs);
    if (!actual.keySet().equals(expected.keySet())) {
      throw new IllegalStateException(what + ": outputs " + actual.keySet());
    }
    actual.forEach((name, tensor) -> compare(what, name, expected.get(name), tensor, tolerance));
  }

  /// The greatest error, relative to the greatest value of the tensor.
  private static void compare(
      String what, String name, Tensor expected, Tensor actual, double tolerance) {
    if (!expected.shape().equals(actual.shape())) {
      throw new IllegalStateException(
          "%s: output '%s' is %s, expected %s"
              .formatted(what, name, actual.shape(), expected.shape()));
    }
    float[] before = expected.toFloats();
    float[] after = actual.toFloats();
    double greatest = 1e-6;
    double error = 0;
    for (int i = 0; i < before.length; i++) {
      greatest = Math.max(greatest, Math.abs(before[i]));
      error = Math.max(error, before[i] == after[i] ? 0 : Math.abs((double) before[i] - after[i]));
    }
    if (!(error <= tolerance * greatest)) {
      throw new IllegalStateException(
          "%s: output '%s' differs by %.3g of %.3g".formatted(what, name, error, greatest));
    }
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      first += (double) a[i] * a[i];
      second += (double) b[i] * b[i];
    }
    return first < 1e-12 ? (second < 1e-9 ? 1 : 0) : product / Math.sqrt(first * second);
  }

  private static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session = BACKEND.open(model, EXACT)) {
      return session.run(inputs);
    }
  }
}
