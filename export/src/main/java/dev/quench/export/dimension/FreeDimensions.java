// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Lets a model with fixed input shapes accept other sizes: batch, height, width.
///
/// An exporter that saw one size leaves constants behind: shapes of `Reshape` and `Expand`, sizes
/// of `Resize`, ends of `Slice`, equal parts of `Split`, kernels of global pooling. Each that meets
/// a freed dimension is rewritten if the surrounding tensors show what it stood for; the report
/// gives the evidence. Otherwise the pass names the node and stops. Shape inference checks the
/// result at three other sizes and at the old one, at which it computes what it did.
///
/// Where shapes leave a choice, the pass assumes: a `Resize` to the height and width of the
/// network's input follows them, one by a whole factor keeps the factor. Other numbers (padding, an
/// anchor grid) are taken as intended. Immutable; thread-safe.
///
/// @param axes by input name: axis to the name of its symbol; equal names are equal sizes. The name
///   `*` stands for every input that has the axes
public record FreeDimensions(Map<String, Map<Integer, String>> axes)
    implements Transformation<DimensionReport> {
  private static final String EVERY_INPUT = "*";
  private static final int SINCE_INPUTS_INSTEAD_OF_ATTRIBUTES = 13;

  public FreeDimensions {
    Map<String, Map<Integer, String>> copy = new LinkedHashMap<>();
    axes.forEach((name, symbols) -> copy.put(name, Map.copyOf(symbols)));
    axes = Collections.unmodifiableMap(copy);
  }

  /// The first axis of every input.
  public static FreeDimensions batch(String symbol) {
    return new FreeDimensions(Map.of(EVERY_INPUT, Map.of(0, symbol)));
  }

  /// Height and width of images `[N, C, H, W]`.
  public static FreeDimensions image(String height, String width) {
    return new FreeDimensions(Map.of(EVERY_INPUT, Map.of(2, height, 3, width)));
  }

  /// Batch, height and width of images `[N, C, H, W]`.
  public static FreeDimensions batchAndImage(String batch, String height, String width) {
    return new FreeDimensions(Map.of(EVERY_INPUT, Map.of(0, batch, 2, height, 3, width)));
  }

  /// The symbols that count samples: those of an axis 0, and those that are called something with
  /// "batch" at any axis. Shapes do not prove that such a dimension can be free; [BatchProof] does.
  public Set<String> batchSymbols() {
    Set<String> symbols = new LinkedHashSet<>();
    for (Map<Integer, String> freed : axes.values()) {
      freed.forEach((axis, symbol) -> {
        if (axis == 0 || BatchAxes.isCalledBatch(symbol)) {
          symbols.add(symbol);
        }
      });
    }
    return symbols;
  }

  @Override
  public String name() {
    return "free-dimensions";
  }

  /// Edits `model` in place. Whether each sample is still computed by itself is left to be proved,
  /// for each of [#batchSymbols].
  ///
  /// @throws UnsupportedOperatorException naming the node whose constant cannot be explained
  /// @throws ModelFormatException naming the node that cannot take another size
  /// @throws IllegalArgumentException if an input or axis does not exist, or a symbol has two sizes
  @Override
  public DimensionReport apply(Model model) {
    ShapeInference.infer(model);
    Map<String, Map<Integer, String>> freed = fixedOnes(model);
    if (freed.isEmpty()) {
      return new DimensionReport(false, List.of());
    }
    if (model.opset() < SINCE_INPUTS_INSTEAD_OF_ATTRIBUTES) {
      new OpsetUpgrade(SINCE_INPUTS_INSTEAD_OF_ATTRIBUTES).apply(model);
    }
    DimensionProbes probes = new DimensionProbes(model, freed);
    List<DimensionReport.Rewrite> rewrites;
    try {
      rewrites = new Rewriting(model, probes).run();
      probes.verify(model, freed);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(
          "%s cannot take other sizes: %s".formatted(freed, e.getMessage()), e);
    }
    ShapeInference.withInputShapes(model, symbolic(model, freed));
    return new DimensionReport(true, rewrites);
  }

  // ---- which dimensions ----

  /// The wanted axes that are fixed now, by input.
  private Map<String, Map<Integer, String>> fixedOnes(Model model) {
    Map<String, Map<Integer, String>> freed = new LinkedHashMap<>();
    Map<String, Long> sizes = new LinkedHashMap<>();
    axes.forEach((name, symbols) -> {
      if (name.equals(EVERY_INPUT)) {
        model.graph().requiredInputs().forEach(input -> add(input, symbols, false, freed, sizes));
      } else {
        Value input =
            model.graph().requiredInputs().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        "the model has no input '%s'; its inputs are %s"
                            .formatted(name, model.graph().requiredInputs())));
        add(input, symbols, true, freed, sizes);
      }
    });
    return freed;
  }

  private static void add(
      Value input,
      Map<Integer, String> symbols,
      boolean named,
      Map<String, Map<Integer, String>> freed,
      Map<String, Long> sizes) {
    int needed = symbols.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    Shape shape = input.shape().orElse(Shape.SCALAR);
    if (shape.rank() < needed) {
      if (named) {
        throw new IllegalArgumentException("input %s has no axis %d".formatted(input, needed - 1));
      }
      return;
    }
    symbols.forEach((axis, symbol) -> {
      if (shape.dim(axis) instanceof Dim.Fixed(long size)) {
        Long former = sizes.put(symbol, size);
        if (former != null && former != size) {
          throw new IllegalArgumentException(
              "symbol %s would stand for %d and %d; give them two names"
                  .formatted(symbol, former, size));
        }
        freed.computeIfAbsent(input.name(), _ -> new LinkedHashMap<>()).put(axis, symbol);
      }
    });
  }

  private static Map<String, Shape> symbolic(Model model, Map<String, Map<Integer, String>> freed) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    freed.forEach((name, symbols) -> {
      Value input = model.graph().value(name).orElseThrow();
      Shape shape = input.shape().orElseThrow();
      for (Map.Entry<Integer, String> symbol : symbols.entrySet()) {
        shape = shape.with(symbol.getKey(), Dim.of(symbol.getValue()));
      }
      shapes.put(name, shape);
    });
    return shapes;
  }
}
