// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.compress.factor.FactorizationReport.Layer;
import dev.quench.compress.factor.FactorizationReport.Split;
import dev.quench.compress.factor.FactorizationReport.Whole;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Splits convolutions and products into thinner ones of low rank:
///
/// ```java
/// FactoredModel factored = Factorization.of(model).rank(new RankRule.Energy(0.9)).run();
/// ```
///
/// Of the methods that apply to a layer the one with the fewest MACs is taken, as long as they are
/// fewer than the layer's; with a [LayerTrial], the one that is measured fastest, as long as it is
/// faster than the layer. Set it up and run it in one thread.
public final class Factorization {
  /// A measured gain below this is noise.
  private static final double FASTER = 0.98;

  private final Model model;
  private Set<FactorMethod> methods = EnumSet.allOf(FactorMethod.class);
  private RankRule rule = new RankRule.Energy(0.9);
  private int align = 8;
  private NodeSelection excluded = NodeSelection.NONE;
  private @Nullable LayerTrial trial;
  private Map<String, Shape> inputShapes = Map.of();
  private Progress progress = Progress.NONE;

  private Factorization(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static Factorization of(Model model) {
    return new Factorization(model);
  }

  /// Only these methods; all unless set.
  public Factorization methods(Set<FactorMethod> chosen) {
    methods = EnumSet.copyOf(chosen);
    return this;
  }

  /// How large ranks are; 0.9 of the energy unless set.
  public Factorization rank(RankRule chosen) {
    rule = chosen;
    return this;
  }

  /// Ranks are multiples of this where the layer is large enough; 8 unless set.
  public Factorization align(int multiple) {
    if (multiple < 1) {
      throw new IllegalArgumentException("ranks are multiples of 1 or more, got " + multiple);
    }
    align = multiple;
    return this;
  }

  /// Leaves these nodes as they are.
  public Factorization excluding(NodeSelection nodes) {
    excluded = nodes;
    return this;
  }

  /// Splits only layers that are measured faster.
  ///
  /// @param shapes of all inputs, without free dimensions
  public Factorization measuring(LayerTrial chosen, Map<String, Shape> shapes) {
    trial = chosen;
    inputShapes = shapes;
    return this;
  }

  /// Hears of each layer.
  public Factorization progress(Progress chosen) {
    progress = chosen;
    return this;
  }

  /// Splits what pays.
  public FactoredModel run() {
    Model factored = model.copy();
    Model sized = model.copy();
    if (trial != null) {
      ShapeInference.withInputShapes(sized, inputShapes);
    }
    List<Node> nodes = factored.graph().nodes();
    List<Node> sizedNodes = sized.graph().nodes();
    List<Layer> layers = new ArrayList<>();
    progress.begin("factoring", nodes.size());
    try {
      // A split inserts nodes, so both lists are walked as they are now.
      List<Node> before = List.copyOf(nodes);
      for (int i = 0; i < before.size(); i++) {
        factor(before.get(i), sizedNodes.get(i)).ifPresent(layers::add);
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    ShapeInference.refresh(factored);
    return new FactoredModel(factored, new FactorizationReport(layers));
  }

  private Optional<Layer> factor(Node node, Node sized) {
    if (excluded.contains(node)) {
      return Optional.empty();
    }
    try {
      Optional<LayerSplit> split = LayerSplit.of(node);
      if (split.isEmpty()) {
        return Optional.empty();
      }
      List<FactoredLayer> candidates = candidates(split.get());
      Tried best =
          trial == null
              ? fewestMacs(candidates)
              : fastest(candidates, sized, model.irVersion(), trial);
      SplitInGraph.apply(node, best.layer());
      return Optional.of(
          new Split(
              node.describe(),
              best.layer().method(),
              best.layer().ranks(),
              best.layer().macsShare(),
              best.layer().error(),
              best.timeRatio()));
    } catch (UnfactorableException e) {
      return Optional.of(new Whole(node.describe(), e.reason()));
    }
  }

  private record Tried(FactoredLayer layer, OptionalDouble timeRatio) {}

  /// Those with fewer MACs than the layer.
  private List<FactoredLayer> candidates(LayerSplit split) {
    List<FactoredLayer> candidates = new ArrayList<>();
    String reason = "";
    for (FactorMethod method : methods) {
      try {
        FactoredLayer layer = split.split(method, rule, align);
        if (layer.macsShare() < 1) {
          candidates.add(layer);
        } else {
          reason =
              "at rank %s it takes %.2f times its MACs".formatted(layer.ranks(), layer.macsShare());
        }
      } catch (UnfactorableException e) {
        reason = reason.isEmpty() ? e.reason() : reason;
      }
    }
    if (candidates.isEmpty()) {
      throw new UnfactorableException(reason);
    }
    candidates.sort(Comparator.comparingDouble(FactoredLayer::macsShare));
    return candidates;
  }

  private static Tried fewestMacs(List<FactoredLayer> candidates) {
    return new Tried(candidates.getFirst(), OptionalDouble.empty());
  }

  private static Tried fastest(
      List<FactoredLayer> candidates, Node sized, long irVersion, LayerTrial trial) {
    Shape shape =
        sized
            .input(0)
            .shape()
            .filter(Shape::isStatic)
            .orElseThrow(() ->
                new UnfactorableException(
                    "the size of its input is unknown, so it cannot be measured"));
    Tried best = null;
    double least = Double.POSITIVE_INFINITY;
    for (FactoredLayer candidate : candidates) {
      Model layer = LayerModel.of(sized, shape, irVersion);
      Model factors = LayerModel.of(sized, shape, irVersion);
      SplitInGraph.apply(factors.graph().nodes().getLast(), candidate);
      double ratio = trial.timeRatio(layer, factors);
      if (ratio < least) {
        least = ratio;
        best = new Tried(candidate, OptionalDouble.of(ratio));
      }
    }
    if (best == null || least > FASTER) {
      throw new UnfactorableException(
          "its factors take %.2f of its MACs, and %.2f of its time"
              .formatted(candidates.getFirst().macsShare(), least));
    }
    return best;
  }
}
