// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import dev.quench.run.QuantizationRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What tuning has to know of a runtime. Stateless, thread-safe.
public interface TuningTarget {
  /// The name of its backend.
  String name();

  /// What the backend may use for a quantized model; it runs the float model in FP32.
  Precision precision();

  /// Runs the models that are measured.
  ///
  /// @param state the file that holds what was measured, if one does: a backend may keep what makes
  ///   later runs faster beside it
  /// @throws IOException if that cannot be opened
  Backend backend(Optional<Path> state) throws IOException;

  /// The nodes that it can run in integers, in graph order.
  ///
  /// @param prepared of distinct node names; gets types and shapes filled in
  List<QuantizableNode> quantizable(Model prepared);

  /// What can be done with a region, by name: the one with most in integers first, float last.
  /// Every region has the same names; schemes may be equal.
  Map<String, Scheme> schemes(List<QuantizableNode> nodes);

  /// What a single node may become.
  Set<Treatment> treatments(QuantizableNode node);

  /// Quantizes a model in place.
  ///
  /// @throws dev.quench.QuenchException if a range is missing
  QuantizationReport insert(QuantizationRanges ranges, NodeChoices choices, Model model);
}
