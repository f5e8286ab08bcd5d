// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Decides for each node of a model whether it runs on bits or stays in ONNX Runtime, and why.
///
/// A layer is binary when its input is known to be ±1 and its weights are exactly −1, 0 or 1.
/// Around binary layers, what needs no float arithmetic of its own comes along: signs, pooling,
/// channel shuffles, operations on single channels, sums for shortcuts.
public final class Analysis {
  private static final Set<String> COMPARISONS =
      Set.of("Greater", "GreaterOrEqual", "Less", "LessOrEqual");

  /// Operators whose results differ, where inputs differ in the sign of a zero, in the sign of a
  /// zero at most.
  private static final Set<String> PASS_ZEROS_ON =
      Set.of(
          "BatchNormalization", "Clip", "Identity", "LeakyRelu", "MaxPool", "Mul", "PRelu", "Relu");

  private final Graph graph;
  private final IdentityHashMap<Node, Role> roles = new IdentityHashMap<>();
  private final IdentityHashMap<Node, String> reasons = new IdentityHashMap<>();

  /// Channels of the bits that a value stands for; for a flattened value those before flattening.
  private final IdentityHashMap<Value, Integer> bits = new IdentityHashMap<>();

  /// Channels of real values that are computed outside ONNX Runtime.
  private final IdentityHashMap<Value, Integer> reals = new IdentityHashMap<>();

  /// Of real values that come from sums of signs alone.
  private final IdentityHashMap<Value, ValueBounds> bounds = new IdentityHashMap<>();

  /// @param model sorted, with types inferred
  public Analysis(Model model) {
    this.graph = model.graph();
    for (Node node : graph.nodes()) {
      assign(node);
    }
    keepUselessSignsInFloat();
    takeInFunctionsBeforeSigns();
  }

  /// In graph order; nodes that are not among the keys stay in ONNX Runtime.
  Map<Node, Role> roles() {
    return Collections.unmodifiableMap(roles);
  }

  public Optional<Role> role(Node node) {
    return Optional.ofNullable(roles.get(node));
  }

  public boolean hasLayers() {
    return roles.values().stream().anyMatch(Role.Layer.class::isInstance);
  }

  /// Why a node stays in ONNX Runtime.
  public String reason(Node node) {
    return reasons.getOrDefault(node, "not part of a binary layer");
  }

  /// Whether the value is bits when it is computed outside ONNX Runtime.
  public boolean isBits(Value value) {
    return bits.containsKey(value);
  }

  /// Channels of a value that is computed outside ONNX Runtime or read by what is.
  public int channels(Value value) {
    Integer known = bits.get(value);
    if (known == null) {
      known = reals.get(value);
    }
    return known == null ? declaredChannels(value).orElseThrow() : known;
  }

  // ---- forward: what can run on bits ----

  private void assign(Node node) {
    if (node.is("Where") || node.is("Sign")) {
      sign(node);
    } else if (LayerReader.isLayer(node)) {
      layer(node);
    } else if (node.is("MaxPool")) {
      pool(node);
    } else if (node.is("Flatten") || node.is("Reshape")) {
      if (!shuffle(node)) {
        flatten(node);
      }
    } else if (!sum(node)) {
      apply(node);
    }
  }

  private void sign(Node node) {
    switch (SignPattern.of(node)) {
      case Match.Refused<SignPattern>(String reason) -> reasons.put(node, reason);
      case Match.Found<SignPattern>(SignPattern pattern) -> {
        OptionalInt channels = declaredChannels(pattern.source());
        if (bits.containsKey(pattern.source())) {
          reasons.put(node, "it takes the sign of what is a sign already");
        } else if (channels.isPresent()) {
          give(node, new Role.Sign(pattern.source()), bits, channels.getAsInt());
        } else {
          reasons.put(
              node, "its input is not [N, C] or [N, C, H, W] with a known number of channels");
        }
      }
    }
  }

  private void layer(Node node) {
    Value data = node.input(0);
    Integer channels = bits.get(data);
    if (channels == null) {
      reasons.put(node, "its input is not binary: " + origin(data));
      return;
    }
    try {
      switch (LayerReader.read(node, channels)) {
        case Match.Refused<Role.Layer>(String reason) -> reasons.put(node, reason);
        case Match.Found<Role.Layer>(Role.Layer layer) -> {
          boolean flat = data.shape().map(Shape::rank).orElse(0) == 2;
          if (flat == node.is("Conv")) {
            reasons.put(node, "its input has a rank that is not supported");
          } else {
            int outChannels = layer.weights().outChannels();
            long products = node.input(1).constant().orElseThrow().elements() / outChannels;
            give(node, layer, reals, outChannels);
            bounds.put(
                node.output(0), ValueBounds.ofSums(outChannels, products).then(layer.bias()));
          }
        }
      }
    } catch (ArithmeticException e) {
      reasons.put(node, "its weights are too large");
    }
  }

  private static String origin(Value data) {
    return data.producer()
        .map(producer -> "it comes from " + producer.describe() + ", not from a sign")
        .orElse("it is fed or constant");
  }

  private void pool(Node node) {
    Value data = node.input(0);
    Integer binary = bits.get(data);
    Integer real = reals.get(data);
    if (binary == null && real == null) {
      return;
    }
    long[] kernel = node.intsAttribute("kernel_shape").orElse(new long[0]);
    if (kernel.length != 2
        || data.shape().map(Shape::rank).orElse(0) != 4
        || node.outputs().size() != 1) {
      reasons.put(node, "it is not two-dimensional with one output");
      return;
    }
    Window window = Window.of(node, Math.toIntExact(kernel[0]), Math.toIntExact(kernel[1]));
    if (window.mayHoldOnlyPadding()) {
      reasons.put(node, "its padding is as large as its window");
    } else if (binary != null) {
      give(node, new Role.BitPool(data, window), bits, binary);
    } else if (real != null) {
      ValueBounds known = bounds.get(data);
      boolean sameMaximum =
          known != null
              && known.isFinite()
              && (!known.mayBeNegativeZero() || onlyCompared(node.output(0)));
      if (known != null && sameMaximum) {
        give(node, new Role.RealPool(data, window), reals, real);
        bounds.put(node.output(0), known);
      } else {
        reasons.put(
            node,
            "its values may be infinite or zeros of both signs, whose maximum depends on the order");
      }
    }
  }

  /// Whether the sign of a zero among the values can reach no output: all ways lead to comparisons.
  private static boolean onlyCompared(Value value) {
    if (value.isGraphOutput()) {
      return false;
    }
    for (Use use : value.uses()) {
      Node reader = use.node();
      boolean passesOn = PASS_ZEROS_ON.contains(reader.opType());
      boolean compares = COMPARISONS.contains(reader.opType());
      if (!reader.domain().isEmpty()
          || !(compares || (passesOn && onlyCompared(reader.output(0))))) {
        return false;
      }
    }
    return true;
  }

  private boolean shuffle(Node node) {
    Optional<ShufflePattern> pattern = ShufflePattern.of(node);
    Integer channels = pattern.map(ShufflePattern::source).map(bits::get).orElse(null);
    if (pattern.isEmpty() || channels == null) {
      return false;
    }
    give(node, new Role.Shuffle(pattern.get().source(), pattern.get().groups()), bits, channels);
    return true;
  }

  /// `[N, C, H, W]` to `[N, C * H * W]`.
  private void flatten(Node node) {
    Value data = node.input(0);
    Integer channels = bits.get(data);
    Optional<Shape> from = data.shape();
    Optional<Shape> to = node.output(0).shape();
    if (channels == null || from.isEmpty() || to.isEmpty() || to.get().rank() != 2) {
      return;
    }
    boolean keepsBatch =
        node.is("Flatten")
            ? node.intAttribute("axis", 1) == 1
            : from.get().dim(0).equals(to.get().dim(0)) && !from.get().dim(0).equals(Dim.UNKNOWN);
    if (keepsBatch) {
      give(node, new Role.Flatten(data), bits, channels);
    }
  }

  private boolean sum(Node node) {
    boolean candidate =
        node.is("Add")
            && (reals.containsKey(node.input(0)) || reals.containsKey(node.input(1)))
            && node.input(0).constant().isEmpty()
            && node.input(1).constant().isEmpty();
    if (!candidate) {
      return false;
    }
    Optional<Shape> left = node.input(0).shape();
    Optional<Shape> right = node.input(1).shape();
    OptionalInt channels = declaredChannels(node.output(0));
    boolean same =
        left.isPresent() && left.equals(right) && !left.get().dims().contains(Dim.UNKNOWN);
    if (bits.containsKey(node.input(0)) || bits.containsKey(node.input(1))) {
      reasons.put(node, "it adds signs to real values");
    } else if (!same || channels.isEmpty()) {
      reasons.put(node, "its operands are not known to have one shape");
    } else {
      give(node, new Role.Sum(node.input(0), node.input(1)), reals, channels.getAsInt());
      ValueBounds leftBounds = bounds.get(node.input(0));
      ValueBounds rightBounds = bounds.get(node.input(1));
      if (leftBounds != null && rightBounds != null) {
        bounds.put(node.output(0), leftBounds.plus(rightBounds));
      }
    }
    return true;
  }

  private void apply(Node node) {
    for (Value input : node.inputs()) {
      Integer channels = reals.get(input);
      if (channels == null) {
        continue;
      }
      switch (ChannelOperators.of(node, channels)) {
        case Match.Refused<ChannelOperators.Applied>(String reason) -> reasons.put(node, reason);
        case Match.Found<ChannelOperators.Applied>(ChannelOperators.Applied applied) -> {
          if (applied.source() == input) {
            give(node, new Role.Apply(input, applied.function()), reals, channels);
            ValueBounds known = bounds.get(input);
            if (known != null) {
              bounds.put(node.output(0), known.then(applied.function()));
            }
          }
        }
      }
      return;
    }
  }

  private void give(Node node, Role role, IdentityHashMap<Value, Integer> kind, int channels) {
    roles.put(node, role);
    kind.put(node.output(0), channels);
  }

  // ---- backward: what should ----

  /// A sign that no binary layer reads gains nothing.
  private void keepUselessSignsInFloat() {
    Set<Value> useful = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Node> nodes = new ArrayList<>(graph.nodes());
    for (Node node : nodes.reversed()) {
      Value output = node.output(0);
      switch (roles.get(node)) {
        case null -> {}
        case Role.Layer layer -> useful.add(layer.source());
        case Role.BitPool(Value source, _) -> passOn(node, output, source, useful);
        case Role.Flatten(Value source) -> passOn(node, output, source, useful);
        case Role.Shuffle(Value source, _) -> passOn(node, output, source, useful);
        case Role.Sign _ -> {
          if (!useful.contains(output)) {
            demote(node, "no binary layer reads it");
          }
        }
        case Role.Apply _, Role.RealPool _, Role.Sum _ -> {}
      }
    }
  }

  private void passOn(Node node, Value output, Value source, Set<Value> useful) {
    if (useful.contains(output)) {
      useful.add(source);
    } else {
      demote(node, "no binary layer reads it");
    }
  }

  private void demote(Node node, String reason) {
    roles.remove(node);
    bits.remove(node.output(0));
    reasons.put(node, reason);
  }

  /// A normalization between a float layer and a sign costs nothing while the signs are packed.
  private void takeInFunctionsBeforeSigns() {
    for (Node node : List.copyOf(graph.nodes())) {
      if (!(roles.get(node) instanceof Role.Sign(Value source))
          || reals.containsKey(source)
          || source.producer().isEmpty()
          || !onlySigned(source, node)) {
        continue;
      }
      Node before = source.producer().get();
      int channels = declaredChannels(source).orElseThrow();
      if (ChannelOperators.of(before, channels)
              instanceof
              Match.Found<ChannelOperators.Applied>(
                  ChannelOperators.Applied(Value from, ChannelFunction function))
          && function.isAffine()
          && from.shape().equals(source.shape())
          && from.producer().isPresent()) {
        roles.put(before, new Role.Apply(from, function));
        reals.put(source, channels);
      }
    }
  }

  /// Whether only the comparison of that sign reads the value.
  private static boolean onlySigned(Value value, Node where) {
    Node compare = where.input(0).producer().orElseThrow();
    for (Use use : value.uses()) {
      if (use.node() != compare) {
        return false;
      }
    }
    return !value.isGraphOutput() && compare.output(0).hasSingleUse();
  }

  private static OptionalInt declaredChannels(Value value) {
    Optional<Shape> shape = value.shape();
    boolean fits =
        value.dataType().equals(Optional.of(DataType.FLOAT))
            && shape.isPresent()
            && (shape.get().rank() == 2 || shape.get().rank() == 4);
    return fits
            && shape.get().dim(1) instanceof Dim.Fixed(long size)
            && size > 0
            && size <= Integer.MAX_VALUE / 64
        ? OptionalInt.of((int) size)
        : OptionalInt.empty();
  }
}
