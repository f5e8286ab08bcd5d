// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.tune.plan.NodeChoices;
import dev.quench.pipeline.tune.plan.OnnxRuntimeTuning;
import dev.quench.pipeline.tune.plan.QuantizableNode;
import dev.quench.pipeline.tune.plan.Scheme;
import dev.quench.pipeline.tune.plan.Treatment;
import dev.quench.pipeline.tune.plan.TuningTarget;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Precision;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// ONNX Runtime's plans for a device that no machine has.
final class TargetElsewhere implements TuningTarget {
  private final TuningTarget plans = new OnnxRuntimeTuning();

  private static final class Missing implements Backend {
    @Override
    public String name() {
      return "elsewhere";
    }

    @Override
    public Availability availability() {
      return new Availability.Unavailable("no such device", "plug one in");
    }

    @Override
    public Session open(Model model, SessionOptions options) {
      throw new BackendException("no such device");
    }
  }

  @Override
  public String name() {
    return "elsewhere";
  }

  @Override
  public Precision precision() {
    return plans.precision();
  }

  @Override
  public Backend backend(Optional<Path> state) {
    return new Missing();
  }

  @Override
  public List<QuantizableNode> quantizable(Model prepared) {
    return plans.quantizable(prepared);
  }

  @Override
  public Map<String, Scheme> schemes(List<QuantizableNode> nodes) {
    return plans.schemes(nodes);
  }

  @Override
  public Set<Treatment> treatments(QuantizableNode node) {
    return plans.treatments(node);
  }

  @Override
  public QuantizationReport insert(QuantizationRanges ranges, NodeChoices choices, Model model) {
    return plans.insert(ranges, choices, model);
  }
}
