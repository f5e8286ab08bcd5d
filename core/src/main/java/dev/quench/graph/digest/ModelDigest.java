// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.digest;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.AttributeValue.FloatValue;
import dev.quench.graph.AttributeValue.Floats;
import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.AttributeValue.Graphs;
import dev.quench.graph.AttributeValue.IntValue;
import dev.quench.graph.AttributeValue.Ints;
import dev.quench.graph.AttributeValue.Reference;
import dev.quench.graph.AttributeValue.SparseTensorValue;
import dev.quench.graph.AttributeValue.SparseTensors;
import dev.quench.graph.AttributeValue.TensorValue;
import dev.quench.graph.AttributeValue.Tensors;
import dev.quench.graph.AttributeValue.TextValue;
import dev.quench.graph.AttributeValue.Texts;
import dev.quench.graph.AttributeValue.TypeValue;
import dev.quench.graph.AttributeValue.Types;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.ImpliedMeaning;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.op.AttributeSpec;
import dev.quench.graph.op.OpSchema;
import dev.quench.graph.op.OpSchema.Parameter;
import dev.quench.graph.op.OpSchemas;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Identifies what a model computes, independent of how its file is written.
///
/// The digest covers the operators and how they are connected, attributes, constants bit by bit,
/// names and element types of the graph's inputs and names of its outputs. It does not depend on
/// names of nodes and inner values, shapes, `value_info`, documentation, metadata, producer,
/// versions, nor on the order of independent nodes and of initializers; dead nodes do not count.
/// `Constant` nodes equal initializers. An attribute left at its default equals one that is spelled
/// out, and one that a newer opset turned into an input of the same name equals that input, so that
/// most models keep their digest when only the opset changes. Where the opset or the number of
/// outputs decides what a node computes, as for `Split` without sizes, they count.
///
/// Each value is hashed once, from the hashes of what its node reads, in topological order: linear
/// in the size of the model. Recursion is only as deep as graphs nest.
public final class ModelDigest {
  private final Map<List<String>, Function> functions = new HashMap<>();
  private final Map<List<String>, byte[]> functionHashes = new HashMap<>();
  private final IdentityHashMap<Value, byte[]> hashes = new IdentityHashMap<>();

  private ModelDigest(Model model) {
    model.functions().forEach(f -> functions.put(List.of(f.domain(), f.name(), f.overload()), f));
  }

  /// @param model not modified
  /// @return SHA-256 as 64 lower-case hex digits
  /// @throws ModelFormatException if the graph has a cycle
  public static String of(Model model) {
    Model sorted = model.copy();
    byte[] hash = new ModelDigest(sorted).graph(sorted.graph(), 0);
    return HexFormat.of().formatHex(hash);
  }

  /// Digests of the tensors of the main graph. Two tensors, of one model or of two, have the same
  /// digest exactly when the same operators compute them from the same inputs and constants,
  /// whatever their names.
  ///
  /// @param model not modified
  /// @return SHA-256 as 64 lower-case hex digits by name, inputs first, then in the order in which
  ///   nodes compute them; dead tensors included, constants not
  /// @throws ModelFormatException if the graph has a cycle
  public static Map<String, String> ofTensors(Model model) {
    Model sorted = model.copy();
    ModelDigest digest = new ModelDigest(sorted);
    Graph graph = sorted.graph();
    digest.graph(graph, 0);
    Map<String, String> digests = new LinkedHashMap<>();
    for (Value input : graph.requiredInputs()) {
      digests.put(input.name(), HexFormat.of().formatHex(digest.value(input)));
    }
    for (Node node : graph.nodes()) {
      for (Value output : node.outputs()) {
        if (output.isPresent() && output.constant().isEmpty()) {
          digests.put(output.name(), HexFormat.of().formatHex(digest.value(output)));
        }
      }
    }
    return digests;
  }

  private byte[] graph(Graph graph, int depth) {
    graph.sortTopologically();
    boolean named = depth == 0;
    Fingerprint interfaceHash = Fingerprint.of("graph");
    interfaceHash.number(graph.inputs().size());
    for (int i = 0; i < graph.inputs().size(); i++) {
      Value input = graph.inputs().get(i);
      Fingerprint hash = Fingerprint.of("input").number(depth);
      hash.text(named ? input.name() : Integer.toString(i));
      // Inside bodies the type follows from the call and may or may not be declared.
      hash.number(named ? input.dataType().map(DataType::onnxCode).orElse(0) : 0);
      input.initializer().ifPresent(hash::tensor);
      byte[] digest = hash.digest();
      hashes.put(input, digest);
      interfaceHash.bytes(digest);
    }
    for (Node node : graph.nodes()) {
      node(node, depth);
    }
    for (Value output : graph.outputs()) {
      interfaceHash.text(named ? output.name() : "").bytes(value(output));
    }
    return interfaceHash.digest();
  }

  private byte[] value(Value value) {
    byte[] known = hashes.get(value);
    if (known == null) {
      known = leaf(value);
      hashes.put(value, known);
    }
    return known;
  }

  /// Hash of a value that no node of a hashed graph computes.
  private static byte[] leaf(Value value) {
    if (value.isAbsent()) {
      return Fingerprint.of("absent").digest();
    }
    Optional<Tensor> constant = value.constant();
    if (constant.isPresent()) {
      return constant(constant.get());
    }
    if (value.sparseInitializer().isPresent()) {
      return Fingerprint.of("sparse").tensor(value.sparseInitializer().get()).digest();
    }
    return Fingerprint.of("undefined").text(value.name()).digest();
  }

  private static byte[] constant(Tensor tensor) {
    return Fingerprint.of("constant").tensor(tensor).digest();
  }

  private void node(Node node, int depth) {
    byte[] call = call(node, depth);
    for (int i = 0; i < node.outputs().size(); i++) {
      Value output = node.output(i);
      if (output.isPresent()) {
        Optional<Tensor> constant = output.constant();
        hashes.put(
            output,
            constant.isPresent()
                ? constant(constant.get())
                : Fingerprint.of("output").bytes(call).number(i).digest());
      }
    }
  }

  private byte[] call(Node node, int depth) {
    Fingerprint hash = Fingerprint.of("node").text(node.domain()).text(node.opType());
    byte[] function = function(node, depth);
    if (function.length > 0) {
      hash.bytes(function);
    }
    Map<String, byte[]> arguments = arguments(node, depth);
    hash.number(arguments.size());
    arguments.forEach((name, value) -> hash.text(name).bytes(value));
    return hash.digest();
  }

  /// Inputs and attributes by what they are called in the newest version of the operator.
  private Map<String, byte[]> arguments(Node node, int depth) {
    Optional<OpSchema> newest = OpSchemas.find(node.domain(), node.opType(), Integer.MAX_VALUE);
    Map<String, byte[]> arguments = new TreeMap<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      if (node.input(i).isPresent()) {
        arguments.put(inputKey(newest, i), value(node.input(i)));
      }
    }
    Map<String, AttributeValue> attributes = new TreeMap<>(node.attributes());
    attributes.putAll(ImpliedMeaning.of(node));
    OpSchemas.find(node)
        .ifPresent(own ->
            own.attributes()
                .forEach((name, spec) ->
                    spec.defaultValue().ifPresent(value -> attributes.putIfAbsent(name, value))));
    attributes.forEach((name, value) -> {
      if (!isDefault(node, newest, name, value)) {
        Optional<Tensor> moved = asInput(newest, name, value);
        if (moved.isPresent()) {
          arguments.putIfAbsent("input " + name.toLowerCase(Locale.ROOT), constant(moved.get()));
        } else {
          arguments.put("attribute " + name, attribute(value, depth));
        }
      }
    });
    return arguments;
  }

  private static String inputKey(Optional<OpSchema> newest, int index) {
    if (newest.isPresent() && index < newest.get().inputs().size()) {
      Parameter parameter = newest.get().inputs().get(index);
      if (parameter.presence() == Parameter.Presence.REQUIRED
          || parameter.presence() == Parameter.Presence.OPTIONAL) {
        return "input " + parameter.name().toLowerCase(Locale.ROOT);
      }
    }
    return "input " + index;
  }

  private static boolean isDefault(
      Node node, Optional<OpSchema> newest, String name, AttributeValue value) {
    AttributeSpec spec = newest.map(schema -> schema.attributes().get(name)).orElse(null);
    if (spec == null) {
      spec = OpSchemas.find(node).map(schema -> schema.attributes().get(name)).orElse(null);
    }
    return spec != null && spec.defaultValue().equals(Optional.of(value));
  }

  /// The tensor that an attribute became where newer versions have an input of its name.
  private static Optional<Tensor> asInput(
      Optional<OpSchema> newest, String name, AttributeValue value) {
    boolean moved =
        newest.isPresent()
            && newest.get().inputs().stream().anyMatch(i -> i.name().equalsIgnoreCase(name));
    if (!moved) {
      return Optional.empty();
    }
    return switch (value) {
      case Ints ints -> Optional.of(Tensor.vector(ints.toArray()));
      case IntValue(long single) -> Optional.of(Tensor.vector(single));
      case FloatValue(float single) -> Optional.of(Tensor.scalar(single));
      case Floats(List<Float> floats) -> Optional.of(floats(floats));
      default -> Optional.empty();
    };
  }

  private static Tensor floats(List<Float> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return Tensor.ofFloats(Shape.of(floats.length), floats);
  }

  private byte[] attribute(AttributeValue value, int depth) {
    Fingerprint hash = Fingerprint.of(value.getClass().getSimpleName());
    switch (value) {
      case FloatValue(float single) -> hash.number(Float.floatToRawIntBits(single));
      case IntValue(long single) -> hash.number(single);
      case TextValue(ByteString text) -> hash.bytes(text.toByteArray());
      case TensorValue(Tensor tensor) -> hash.tensor(tensor);
      case SparseTensorValue(var tensor) -> hash.tensor(tensor);
      case GraphValue(Graph nested) -> hash.bytes(graph(nested, depth + 1));
      case TypeValue(ValueType type) -> hash.text(type.toString());
      case Floats(List<Float> floats) ->
          floats.forEach(single -> hash.number(Float.floatToRawIntBits(single)));
      case Ints(List<Long> ints) -> ints.forEach(hash::number);
      case Texts(List<ByteString> texts) -> texts.forEach(text -> hash.bytes(text.toByteArray()));
      case Tensors(List<Tensor> tensors) -> tensors.forEach(hash::tensor);
      case SparseTensors(var tensors) -> tensors.forEach(hash::tensor);
      case Graphs(List<Graph> nested) -> nested.forEach(each -> hash.bytes(graph(each, depth + 1)));
      case Types(List<ValueType> types) -> types.forEach(type -> hash.text(type.toString()));
      case Reference(String name, int typeCode) -> hash.text(name).number(typeCode);
    }
    return hash.digest();
  }

  /// Hash of the body that `node` calls, made once; empty if it calls none, or one that calls
  /// itself.
  private byte[] function(Node node, int depth) {
    List<String> key = List.of(node.domain(), node.opType(), node.overload());
    byte @Nullable [] known = functionHashes.get(key);
    Function function = functions.get(key);
    if (known != null || function == null) {
      return known == null ? new byte[0] : known;
    }
    functionHashes.put(key, new byte[0]);
    Fingerprint hash = Fingerprint.of("function").bytes(graph(function.body(), depth + 1));
    new TreeMap<>(function.attributeDefaults())
        .forEach((name, value) -> hash.text(name).bytes(attribute(value, depth + 1)));
    byte[] made = hash.digest();
    functionHashes.put(key, made);
    return made;
  }
}
