// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import dev.quench.graph.Model;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What two models, or two backends, compute on the same inputs. Not thread-safe; to be closed.
///
/// Backends run the graph as it is, without rewriting it. Where ONNX Runtime runs the actual side,
/// what its optimized session computes, which applications get, is compared too.
public final class ModelComparison implements AutoCloseable {
  /// A model on a backend.
  public record Side(Model model, Backend backend) {
    private Session open(Set<String> taps, boolean optimize) {
      return backend.open(
          model,
          SessionOptions.DEFAULT
              .withOptimization(optimize)
              .withPrecision(Precision.of(model))
              .withTaps(taps));
    }
  }

  private final TensorAlignment alignment;
  private final @Nullable Session expected;
  private final Session actual;
  private final @Nullable Session optimizing;
  private final TensorFigures figures = new TensorFigures();
  private final TensorFigures optimized = new TensorFigures();

  private ModelComparison(
      TensorAlignment alignment,
      @Nullable Session expected,
      Session actual,
      @Nullable Session optimizing) {
    this.alignment = alignment;
    this.expected = expected;
    this.actual = actual;
    this.optimizing = optimizing;
  }

  /// Opens both sides.
  ///
  /// @param alignment of the two models
  /// @throws dev.quench.run.BackendException if a backend refuses its model
  @SuppressWarnings("MustBeClosed") // the comparison owns the sessions
  public static ModelComparison open(Side expected, Side actual, TensorAlignment alignment) {
    Session first = expected.open(alignment.inner().keySet(), false);
    @Nullable Session second = null;
    try {
      second = actual.open(Set.copyOf(alignment.inner().values()), false);
      return new ModelComparison(alignment, first, second, optimizing(actual));
    } catch (RuntimeException | Error e) {
      if (second != null) {
        second.close();
      }
      first.close();
      throw e;
    }
  }

  /// Opens one side, to compare it with outputs that were saved.
  ///
  /// @param saved their names
  /// @throws PipelineException if the model lacks one of them
  /// @throws dev.quench.run.BackendException if the backend refuses its model
  @SuppressWarnings("MustBeClosed") // the comparison owns the sessions
  public static ModelComparison withSaved(Set<String> saved, Side actual) {
    Session session = actual.open(Set.of(), false);
    try {
      List<String> names = session.outputs().stream().map(TensorSpec::name).toList();
      for (String name : saved) {
        if (!names.contains(name)) {
          throw new PipelineException(
              "the model lacks the saved output '%s'; its outputs are %s".formatted(name, names));
        }
      }
      Map<String, String> outputs = new LinkedHashMap<>();
      names.forEach(name -> outputs.put(name, name));
      return new ModelComparison(
          new TensorAlignment(outputs, Map.of()), null, session, optimizing(actual));
    } catch (RuntimeException | Error e) {
      session.close();
      throw e;
    }
  }

  @SuppressWarnings("MustBeClosed") // the comparison owns the session
  private static @Nullable Session optimizing(Side actual) {
    return actual.backend().name().equals("onnxruntime") ? actual.open(Set.of(), true) : null;
  }

  /// Runs both sides on one batch.
  ///
  /// @param samples in the batch
  /// @throws PipelineException if an output differs in shape
  public void add(Map<String, Tensor> inputs, int samples) {
    if (expected == null) {
      throw new IllegalStateException("this comparison is with saved outputs; pass them");
    }
    add(expected.run(inputs), inputs, samples);
    if (!alignment.inner().isEmpty()) {
      figures.addInner(
          observed(expected, inputs),
          renamed(alignment.inner(), observed(actual, inputs)),
          samples);
    }
  }

  /// Runs the actual side on one batch.
  ///
  /// @param wanted outputs for these inputs, by name
  /// @param samples in the batch
  /// @throws PipelineException if an output differs in shape
  public void add(Map<String, Tensor> wanted, Map<String, Tensor> inputs, int samples) {
    figures.addOutputs(wanted, renamed(alignment.outputs(), actual.run(inputs)), samples);
    if (optimizing != null) {
      optimized.addOutputs(wanted, renamed(alignment.outputs(), optimizing.run(inputs)), samples);
    }
  }

  /// So far.
  public TensorFigures figures() {
    return figures;
  }

  /// With the optimized session of ONNX Runtime on the actual side; empty on other backends.
  public Optional<TensorFigures> optimized() {
    return optimizing == null ? Optional.empty() : Optional.of(optimized);
  }

  /// Tensors of the actual side by the names that those they belong to have on the expected one.
  private static Map<String, Tensor> renamed(
      Map<String, String> names, Map<String, Tensor> tensors) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    names.forEach((expectedName, actualName) -> {
      Tensor tensor = tensors.get(actualName);
      if (tensor != null) {
        renamed.put(expectedName, tensor);
      }
    });
    return renamed;
  }

  private static Map<String, Tensor> observed(Session session, Map<String, Tensor> inputs) {
    Map<String, Tensor> seen = new LinkedHashMap<>();
    session.observe(inputs, (name, tensor) -> seen.put(name, copy(tensor)));
    return seen;
  }

  private static Tensor copy(Tensor borrowed) {
    return Tensor.of(
        borrowed.dataType(),
        borrowed.shape(),
        MemorySegment.ofArray(borrowed.bytes().toArray(ValueLayout.JAVA_BYTE)));
  }

  @Override
  public void close() {
    if (optimizing != null) {
      optimizing.close();
    }
    actual.close();
    if (expected != null) {
      expected.close();
    }
  }
}
