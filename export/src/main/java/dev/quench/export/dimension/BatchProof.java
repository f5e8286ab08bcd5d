// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Checks that a model with a freed batch computes each sample independently of the others in the
/// batch: it runs the same seeded samples one at a time, three at a time, and at the batch size
/// that the model was made for. Results must agree to 1e-4 of the largest value. Shapes cannot show
/// this: a constant may broadcast, a branch may depend on the batch size.
///
/// Not tried: values that no sample reaches, batch sizes above three other than the former one, and
/// former ones above 64. Immutable; thread-safe if the backend is.
///
/// @param former the model before, with its fixed batch; not changed
/// @param symbol of the freed dimension
public record BatchProof(Model former, String symbol) {
  private static final long SEVERAL = 3;
  private static final long MOST = 64;
  private static final double MAX_BYTES = 1 << 30;
  private static final SessionOptions EXACT = SessionOptions.DEFAULT.withOptimization(false);

  /// @param freed not changed
  /// @param backend that runs both models
  /// @return why the check was impossible: the backend does not run the former model either, or its
  ///   inputs are too large to run
  /// @throws ModelFormatException naming the node where samples begin to depend on the batch
  public Optional<String> require(Model freed, Backend backend) {
    try {
      backend.open(former, EXACT).close();
    } catch (BackendException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    ProbeSamples samples = ProbeSamples.of(former, freed, symbol);
    Set<Long> sizes = new TreeSet<>(List.of(1L, SEVERAL));
    samples.formerSizes().stream().filter(size -> size > 0 && size <= MOST).forEach(sizes::add);
    if (samples.bytes(Collections.max(sizes)) > MAX_BYTES) {
      return Optional.of("inputs of several samples take more than 1 GiB");
    }
    Optional<String> output = mismatch(freed, backend, samples, sizes, Set.of());
    if (output.isEmpty()) {
      return Optional.empty();
    }
    String first = mismatch(freed, backend, samples, sizes, taps(freed)).orElse(output.get());
    Node node = freed.graph().value(first).flatMap(Value::producer).orElse(null);
    throw new ModelFormatException(
        "%s: its result for a sample depends on the batch size, so the batch cannot be free; export the model with a free batch size"
            .formatted(node == null ? "output '" + first + "'" : node.describe()));
  }

  /// Inner tensors in graph order.
  private static Set<String> taps(Model model) {
    Set<String> taps = new LinkedHashSet<>();
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (output.isPresent() && output.dataType().isPresent()) {
          taps.add(output.name());
        }
      }
    }
    return taps;
  }

  /// The first tensor that differs: among `taps` if given, else among the outputs.
  private static Optional<String> mismatch(
      Model freed, Backend backend, ProbeSamples samples, Set<Long> sizes, Set<String> taps) {
    try (Session session = backend.open(freed, EXACT.withTaps(taps))) {
      Map<Long, Map<String, Tensor>> single = new LinkedHashMap<>();
      for (long size : sizes) {
        for (long i = 0; i < size; i++) {
          long sample = i;
          single.computeIfAbsent(i, _ -> results(session, samples.batch(sample, 1), taps));
        }
        Map<String, Tensor> together = results(session, samples.batch(0, size), taps);
        for (String name : taps.isEmpty() ? together.keySet() : taps) {
          if (!isJoined(name, together, single, size, !taps.isEmpty())) {
            return Optional.of(name);
          }
        }
      }
      return Optional.empty();
    } catch (BackendException e) {
      if (taps.isEmpty()) {
        throw new ModelFormatException(
            "the model does not run with another batch size: " + e.getMessage(), e);
      }
      return Optional.empty(); // not every inner tensor can be looked at
    }
  }

  private static Map<String, Tensor> results(
      Session session, Map<String, Tensor> inputs, Set<String> taps) {
    if (taps.isEmpty()) {
      return session.run(inputs);
    }
    Map<String, Tensor> copies = new LinkedHashMap<>();
    session.observe(inputs, (name, tensor) -> copies.put(name, ProbeSamples.copy(tensor)));
    return copies;
  }

  private static boolean isJoined(
      String name,
      Map<String, Tensor> together,
      Map<Long, Map<String, Tensor>> single,
      long size,
      boolean inner) {
    Tensor all = together.get(name);
    if (all == null || (inner && all.shape().rank() < 2 && !all.dataType().isFloating())) {
      return true; // sizes that the graph computes are what they are
    }
    List<Tensor> parts =
        single.entrySet().stream()
            .filter(entry -> entry.getKey() < size)
            .map(entry -> entry.getValue().get(name))
            .toList();
    return JoinedSamples.match(all, parts);
  }
}
