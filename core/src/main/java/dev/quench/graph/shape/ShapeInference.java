// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.QuenchException;
import dev.quench.graph.FunctionExpansion;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.graph.op.InferenceContext;
import dev.quench.graph.op.NodeForm;
import dev.quench.graph.op.OpSchema;
import dev.quench.graph.op.OpSchemas;
import dev.quench.graph.op.PartialValues;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds the element types and shapes of all values from those of the inputs.
///
/// Follows shapes that the graph itself computes (`Shape`, `Gather`, `Concat`, `Reshape` and the
/// like) and looks into the bodies of `If`, `Loop`, `Scan` and model-local functions. Symbolic
/// dimensions survive where their size provably does. Outputs of unknown operators stay as
/// declared. A computed dimension replaces a declared one that is less precise or contradicts it;
/// nothing is guessed. Free dimensions named `?`, `-1` or `None` lose that placeholder.
public final class ShapeInference {
  private final FunctionExpansion functions;
  private final NodeCheck check;
  private final IdentityHashMap<Value, PartialValues> known = new IdentityHashMap<>();

  ShapeInference(Model model, NodeCheck check) {
    this.functions = new FunctionExpansion(model.functions());
    this.check = check;
  }

  /// Fills in [Value#type] throughout the model, in place; sorts graphs that are not in topological
  /// order.
  ///
  /// @throws ModelFormatException naming the node where inputs contradict each other or the
  ///   operator, or a declared element type contradicts the computed one
  public static void infer(Model model) {
    infer(model, (_, _) -> {});
  }

  /// Like [#infer(Model)], and shows each node to `check` once the types of its inputs are found:
  /// in nested graphs too, and in the bodies of functions as each call sees them.
  ///
  /// @throws ModelFormatException as [#infer(Model)] does, or from `check`
  static void infer(Model model, NodeCheck check) {
    AnonymousDims.forget(model.graph());
    new ShapeInference(model, check).infer(model.graph());
  }

  /// Like [#infer], after forgetting every shape but those of inputs and initializers. Use it after
  /// an edit that changed shapes.
  ///
  /// @throws ModelFormatException as [#infer] does; the model's types are then as before
  public static void refresh(Model model) {
    withInputShapes(model, Map.of());
  }

  /// Gives inputs other shapes, such as fixed sizes for free dimensions or another batch size, and
  /// infers everything anew. A symbol that a shape fixes is fixed in the other inputs too; a symbol
  /// that would get two sizes names unrelated dimensions and becomes unknown there.
  ///
  /// @param shapes by input name; of the declared rank
  /// @throws IllegalArgumentException if an input is unknown or a rank differs
  /// @throws ModelFormatException if the network cannot take these shapes; the model's types are
  ///   then as before
  public static void withInputShapes(Model model, Map<String, Shape> shapes) {
    IdentityHashMap<Value, Optional<ValueType>> before = new IdentityHashMap<>();
    collectTypes(model.graph(), before);
    try {
      AnonymousDims.forget(model.graph());
      InputShapes.apply(model.graph(), shapes);
      forgetShapes(model.graph());
      infer(model);
      restoreRanks(before);
    } catch (QuenchException | IllegalArgumentException e) {
      before.forEach((value, type) -> value.setType(type.orElse(null)));
      throw e;
    }
  }

  private static void collectTypes(Graph graph, IdentityHashMap<Value, Optional<ValueType>> types) {
    for (Value value : graph.values()) {
      types.put(value, value.type());
    }
    for (Node node : graph.nodes()) {
      node.nestedGraphs().forEach(nested -> collectTypes(nested, types));
    }
  }

  private static void forgetShapes(Graph graph) {
    for (Value value : graph.values()) {
      boolean given = value.isGraphInput() && graph.parent().isEmpty();
      if (!given && !value.isInitializer()) {
        value.dataType().ifPresent(type -> value.setType(ValueType.unranked(type)));
      }
    }
    for (Node node : graph.nodes()) {
      node.nestedGraphs().forEach(ShapeInference::forgetShapes);
    }
  }

  /// Where nothing could be inferred, the declared rank still holds.
  private static void restoreRanks(IdentityHashMap<Value, Optional<ValueType>> before) {
    before.forEach((value, type) -> {
      if (type.orElse(null) instanceof TensorType(DataType element, Shape shape)
          && shape != null
          && value.shape().isEmpty()) {
        List<Dim> dims = shape.dims().stream().map(_ -> Dim.UNKNOWN).toList();
        value.setType(ValueType.tensor(value.dataType().orElse(element), new Shape(dims)));
      }
    });
  }

  // ---- nodes ----

  private void infer(Graph graph) {
    graph.sortTopologically();
    for (Node node : graph.nodes()) {
      infer(node);
    }
  }

  void infer(Node node) {
    Optional<Graph> body = functions.instantiate(node);
    check.check(
        node,
        body.isPresent()
            ? NodeCheck.Kind.CALL
            : functions.isCall(node) ? NodeCheck.Kind.CALL_BEYOND_BOUNDS : NodeCheck.Kind.OPERATOR);
    if (body.isPresent()) {
      inferCall(node, body.get());
      functions.leave();
      return;
    }
    switch (node.domain().isEmpty() ? node.opType() : "") {
      case "If" -> inferIf(node);
      case "Loop" -> inferLoop(node);
      case "Scan" -> inferScan(node);
      default -> OpSchemas.find(node).ifPresent(schema -> inferBySchema(node, schema));
    }
  }

  private void inferBySchema(Node node, OpSchema schema) {
    InferenceContext context = new InferenceContext(node, schema, this::known);
    NodeForm.check(node, schema);
    try {
      schema.rule().infer(context);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new ModelFormatException(node.describe() + ": " + e.getMessage(), e);
    }
    for (int i = 0; i < node.outputs().size(); i++) {
      Value output = node.output(i);
      if (output.isPresent()) {
        refine(output, context.outputType(i), context.outputShape(i));
        context.outputValues(i).ifPresent(values -> known.put(output, values));
      }
    }
  }

  private Optional<PartialValues> known(Value value) {
    PartialValues found = known.get(value);
    if (found == null) {
      found = value.constant().flatMap(PartialValues::of).orElse(null);
      if (found != null) {
        known.put(value, found);
      }
    }
    return Optional.ofNullable(found);
  }

  // ---- bodies ----

  private void inferCall(Node call, Graph body) {
    for (int i = 0; i < body.inputs().size(); i++) {
      pass(call.input(i), body.inputs().get(i));
    }
    infer(body);
    for (int i = 0; i < Math.min(call.outputs().size(), body.outputs().size()); i++) {
      pass(body.outputs().get(i), call.output(i));
    }
  }

  /// Copies everything known about `from` to `to`.
  private void pass(Value from, Value to) {
    if (from.isPresent() && to.isPresent()) {
      refine(to, from.dataType(), from.shape());
      known(from).ifPresent(values -> known.put(to, values));
      if (to.type().isEmpty()) {
        to.setType(from.type().orElse(null));
      }
    }
  }

  private void inferIf(Node node) {
    List<Graph> branches = node.nestedGraphs();
    branches.forEach(this::infer);
    for (int i = 0; i < node.outputs().size(); i++) {
      int index = i;
      if (node.output(i).isAbsent()
          || branches.stream().anyMatch(branch -> index >= branch.outputs().size())) {
        continue;
      }
      List<Value> results = branches.stream().map(branch -> branch.outputs().get(index)).toList();
      Set<Optional<DataType>> types =
          results.stream().map(Value::dataType).collect(Collectors.toSet());
      if (types.size() == 1) {
        refine(node.output(i), results.getFirst().dataType(), ShapeMerge.common(results));
      }
    }
  }

  /// Body: iteration number, condition and carried values in; condition, carried values and scanned
  /// elements out.
  private void inferLoop(Node node) {
    Graph body = onlyBody(node);
    int carried = Math.max(0, node.inputs().size() - 2);
    requireAtLeast(node, "inputs", body.inputs().size(), carried + 2);
    requireAtLeast(node, "outputs", body.outputs().size(), node.outputs().size() + 1);
    refine(body.inputs().get(0), Optional.of(DataType.INT64), Optional.of(Shape.SCALAR));
    refine(body.inputs().get(1), Optional.of(DataType.BOOL), Optional.of(Shape.SCALAR));
    for (int i = 0; i < carried; i++) {
      // A carried value may change its shape from one round to the next, but not its type.
      refine(body.inputs().get(i + 2), node.input(i + 2).dataType(), Optional.empty());
    }
    infer(body);
    for (int i = 0; i < node.outputs().size(); i++) {
      Value result = body.outputs().get(i + 1);
      if (node.output(i).isAbsent()) {
        continue;
      }
      Optional<Shape> shape =
          i < carried
              ? ShapeMerge.common(List.of(node.input(i + 2), result))
              : result.shape().map(element -> ShapeMerge.insert(element, 0, Dim.UNKNOWN));
      refine(node.output(i), result.dataType(), shape);
    }
  }

  /// Body: states and one element of each scanned input in; states and one element of each scanned
  /// output out.
  private void inferScan(Node node) {
    if (node.opset() < 9) {
      return;
    }
    Graph body = onlyBody(node);
    int inputs = node.inputs().size();
    int scanned = Math.toIntExact(Math.clamp(node.intAttribute("num_scan_inputs", 0), 0, inputs));
    int states = inputs - scanned;
    requireAtLeast(node, "inputs", body.inputs().size(), inputs);
    requireAtLeast(node, "outputs", body.outputs().size(), node.outputs().size());
    Dim steps = Dim.UNKNOWN;
    for (int i = 0; i < inputs; i++) {
      Value input = node.input(i);
      Optional<Shape> shape = input.shape();
      if (i >= states && shape.isPresent()) {
        int axis = axis(node, "scan_input_axes", i - states, shape.get().rank());
        steps = shape.get().dim(axis);
        shape = Optional.of(ShapeMerge.remove(shape.get(), axis));
      }
      refine(body.inputs().get(i), input.dataType(), shape);
    }
    infer(body);
    for (int i = 0; i < node.outputs().size(); i++) {
      Value result = body.outputs().get(i);
      Optional<Shape> shape = result.shape();
      if (i >= states && shape.isPresent()) {
        int axis = axis(node, "scan_output_axes", i - states, shape.get().rank() + 1);
        shape = Optional.of(ShapeMerge.insert(shape.get(), axis, steps));
      }
      if (node.output(i).isPresent()) {
        refine(node.output(i), result.dataType(), shape);
      }
    }
  }

  private static int axis(Node node, String attribute, int index, int rank) {
    long[] axes = node.intsAttribute(attribute).orElse(new long[0]);
    long axis = index < axes.length ? axes[index] : 0;
    if (axis < -rank || axis >= rank) {
      throw new ModelFormatException(
          "%s attribute '%s': axis %d is outside a tensor of rank %d"
              .formatted(node.describe(), attribute, axis, rank));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  private static Graph onlyBody(Node node) {
    List<Graph> bodies = node.nestedGraphs();
    if (bodies.size() != 1) {
      throw new ModelFormatException(
          "%s: %d nested graphs, expected the attribute 'body' alone"
              .formatted(node.describe(), bodies.size()));
    }
    return bodies.getFirst();
  }

  private static void requireAtLeast(Node node, String what, int actual, int expected) {
    if (actual < expected) {
      throw new ModelFormatException(
          "%s: its body has %d %s, expected at least %d"
              .formatted(node.describe(), actual, what, expected));
    }
  }

  // ---- merging with what is declared ----

  private static void refine(Value value, Optional<DataType> type, Optional<Shape> shape) {
    ValueType declared = value.type().orElse(null);
    if (declared != null && !(declared instanceof TensorType)) {
      return;
    }
    Optional<DataType> declaredType = value.dataType();
    if (type.isPresent() && declaredType.isPresent() && !type.equals(declaredType)) {
      throw new ModelFormatException(
          "%s: declared as %s, but it is %s"
              .formatted(describe(value), declaredType.get(), type.get()));
    }
    Optional<DataType> merged = type.or(() -> declaredType);
    if (merged.isPresent()) {
      @Nullable Shape mergedShape =
          shape
              .map(computed -> ShapeMerge.refine(value.shape().orElse(null), computed))
              .or(value::shape)
              .orElse(null);
      value.setType(new TensorType(merged.get(), mergedShape));
    }
  }

  private static String describe(Value value) {
    return value
        .producer()
        .map(node -> node.describe() + " output " + value.outputIndex() + " " + value)
        .orElse("value " + value);
  }
}
