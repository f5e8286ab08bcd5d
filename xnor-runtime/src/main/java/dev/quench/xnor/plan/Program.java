// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.run.Session;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.SignRule;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.Window;
import dev.quench.xnor.recognize.Analysis;
import dev.quench.xnor.recognize.Operation;
import dev.quench.xnor.recognize.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A model as a list of operations, for inputs of any shape. Closes its sessions.
public final class Program implements AutoCloseable {
  private final Model model;
  private final Analysis analysis;
  private final List<Operation> operations = new ArrayList<>();
  private final IdentityHashMap<Value, Value> flattened = new IdentityHashMap<>();
  private final Set<Node> fused = Collections.newSetFromMap(new IdentityHashMap<>());

  private Program(Model model, Analysis analysis) {
    this.model = model;
    this.analysis = analysis;
  }

  /// @param model sorted, with types inferred; kept
  /// @param opener opens what stays in ONNX Runtime, with its outputs as taps
  public static Program compile(Model model, Analysis analysis, Function<Model, Session> opener) {
    Program program = new Program(model, analysis);
    try {
      Regions regions = new Regions(model, analysis);
      for (int stage = 0; stage < regions.stages(); stage++) {
        if (stage % 2 == 1) {
          regions.nodes(stage).forEach(program::add);
        } else if (!regions.nodes(stage).isEmpty() && !regions.outputs(stage).isEmpty()) {
          program.operations.add(
              new Operation.Region(
                  opener.apply(regions.extract(stage)),
                  regions.inputs(stage),
                  regions.outputs(stage)));
        }
      }
      return program;
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  public Model model() {
    return model;
  }

  Analysis analysis() {
    return analysis;
  }

  /// In execution order.
  List<Operation> operations() {
    return operations;
  }

  /// The value whose bits a flattened value shares; other values themselves.
  Value unflattened(Value value) {
    Value source = flattened.get(value);
    return source == null ? value : unflattened(source);
  }

  @Override
  public void close() {
    for (Operation operation : operations) {
      if (operation instanceof Operation.Region(Session session, _, _)) {
        session.close();
      }
    }
  }

  private void add(Node node) {
    if (fused.contains(node)) {
      return;
    }
    Value to = node.output(0);
    switch (analysis.role(node).orElseThrow()) {
      case Role.Sign(Value source) -> addSign(source, to);
      case Role.Layer layer -> addLayer(layer, to);
      case Role.BitPool(Value source, Window window) ->
          operations.add(
              new Operation.PoolBits(
                  source,
                  new Operation.Pooling(
                      window, Collections.nCopies(analysis.channels(source), false)),
                  to));
      case Role.Flatten(Value source) -> flattened.put(to, source);
      case Role.Shuffle(Value source, int groups) ->
          operations.add(new Operation.ShuffleBits(source, groups, to));
      case Role.Apply(Value source, ChannelFunction function) -> {
        if (!isSignedPlane(to)) {
          operations.add(new Operation.Apply(source, function, to));
        }
      }
      case Role.RealPool(Value source, Window window) ->
          operations.add(new Operation.PoolRows(source, window, to));
      case Role.Sum(Value left, Value right) -> operations.add(new Operation.Sum(left, right, to));
    }
  }

  /// Whether the value is made of planes on the way to bits and never stored.
  private boolean isSignedPlane(Value value) {
    return value
        .producer()
        .flatMap(analysis::role)
        .filter(Role.Apply.class::isInstance)
        .map(role -> !isOutsideOnnxRuntime(((Role.Apply) role).source()))
        .orElse(false);
  }

  boolean isOutsideOnnxRuntime(Value value) {
    return value.producer().flatMap(analysis::role).isPresent();
  }

  private void addSign(Value source, Value to) {
    if (!isOutsideOnnxRuntime(source)) {
      ChannelFunction identity = ChannelFunction.identity(analysis.channels(source));
      operations.add(new Operation.PackPlanes(source, identity, to));
    } else if (isSignedPlane(source)
        && analysis.role(source.producer().orElseThrow()).orElseThrow()
            instanceof Role.Apply(Value from, ChannelFunction function)) {
      operations.add(new Operation.PackPlanes(from, function, to));
    } else {
      operations.add(new Operation.PackRows(source, to));
    }
  }

  private void addLayer(Role.Layer layer, Value to) {
    if (!addBitLayer(layer, to)) {
      addRowLayer(layer, to);
    }
  }

  /// Follows a layer through functions and at most one pooling to a sign, if nothing else reads
  /// what lies between.
  private boolean addBitLayer(Role.Layer layer, Value sums) {
    ChannelFunction function = layer.bias();
    ChannelFunction sincePooling = function;
    @Nullable Window pooled = null;
    List<Node> passed = new ArrayList<>();
    Value value = sums;
    while (true) {
      Optional<Node> reader = onlyReader(value);
      if (reader.isEmpty()) {
        return false;
      }
      Node node = reader.get();
      switch (analysis.role(node).orElse(null)) {
        case Role.Apply(_, ChannelFunction next) -> {
          function = function.then(next);
          sincePooling = sincePooling.then(next);
        }
        case Role.RealPool(_, Window window) -> {
          if (pooled != null) {
            return false;
          }
          pooled = window;
          sincePooling = ChannelFunction.identity(function.channels());
        }
        case Role.Sign _ -> {
          Optional<SignRule> rule = rule(layer.weights(), function);
          if (rule.isEmpty()) {
            return false;
          }
          operations.add(
              new Operation.BitLayer(
                  layer.source(),
                  layer.weights(),
                  layer.window(),
                  rule.get(),
                  pooled == null ? null : pooling(pooled, sincePooling),
                  node.output(0)));
          fused.addAll(passed);
          fused.add(node);
          return true;
        }
        case null, default -> {
          return false;
        }
      }
      passed.add(node);
      value = node.output(0);
    }
  }

  private static Optional<SignRule> rule(WeightPanels weights, ChannelFunction function) {
    int[] largest = new int[weights.outChannels()];
    Arrays.setAll(largest, weights::largestSum);
    try {
      return Optional.of(SignRule.of(function, largest));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the float form then runs step by step and meets its NaN itself
    }
  }

  private static Operation.Pooling pooling(Window window, ChannelFunction afterwards) {
    List<Boolean> any = new ArrayList<>();
    for (int channel = 0; channel < afterwards.channels(); channel++) {
      any.add(afterwards.isDescending(channel));
    }
    return new Operation.Pooling(window, any);
  }

  /// Takes in what follows as long as the whole is one multiplication and one addition.
  private void addRowLayer(Role.Layer layer, Value sums) {
    ChannelFunction function = layer.bias();
    Value value = sums;
    for (Optional<Node> reader = onlyReader(value);
        reader.isPresent()
            && analysis.role(reader.get()).orElse(null)
                instanceof Role.Apply(_, ChannelFunction next)
            && function.then(next).isAffine();
        reader = onlyReader(value)) {
      function = function.then(next);
      fused.add(reader.get());
      value = reader.get().output(0);
    }
    operations.add(
        new Operation.RowLayer(layer.source(), layer.weights(), layer.window(), function, value));
  }

  /// The one node outside ONNX Runtime that reads a value, when nothing else does.
  private Optional<Node> onlyReader(Value value) {
    if (value.isGraphOutput()) {
      return Optional.empty();
    }
    @Nullable Node only = null;
    for (Use use : value.uses()) {
      Node reader = readerOf(use);
      if (only != null && only != reader) {
        return Optional.empty();
      }
      only = reader;
    }
    return Optional.ofNullable(only).filter(node -> analysis.role(node).isPresent());
  }

  /// For the comparison of a sign, the node that chooses.
  private Node readerOf(Use use) {
    Node node = use.node();
    if (node.outputs().size() == 1 && node.output(0).hasSingleUse()) {
      Node next = node.output(0).uses().getFirst().node();
      if (analysis.role(next).orElse(null) instanceof Role.Sign
          && next.input(0) == node.output(0)) {
        return next;
      }
    }
    return node;
  }
}
