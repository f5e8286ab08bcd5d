// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.graph.AttributeValue.FloatValue;
import dev.quench.graph.AttributeValue.Floats;
import dev.quench.graph.AttributeValue.IntValue;
import dev.quench.graph.AttributeValue.Ints;
import dev.quench.graph.AttributeValue.TensorValue;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An edge of the graph: a graph input, an initializer (possibly both: a default) or an output of a
/// node.
///
/// Their [Graph] creates and edits values. Equality is identity; names matter only in files.
public final class Value {
  /// Stands for an omitted optional input or output (an empty name in ONNX). Has no graph and no
  /// uses.
  public static final Value ABSENT = new Value("", null, null, -1);

  private final @Nullable Graph graph;
  private String name;
  private @Nullable ValueType type;
  private String docString = "";
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, String> quantizationAnnotation = new LinkedHashMap<>();

  @Nullable Node producer;
  int outputIndex;
  boolean graphInput;
  int graphOutputs;
  @Nullable Tensor initializer;
  @Nullable SparseTensor sparseInitializer;

  /// How often the graph that defines it lists it as an output.
  int outputsOfItsGraph;

  /// In the order in which they were added; most values have one or two.
  final Set<Use> uses = new LinkedHashSet<>(2);

  /// Its place among the values of its graph.
  final long order;

  Value(String name, @Nullable ValueType type, @Nullable Graph graph, long order) {
    this.order = order;
    this.name = name;
    this.type = type;
    this.graph = graph;
  }

  public String name() {
    return name;
  }

  void rename(String newName) {
    this.name = newName;
  }

  public boolean isAbsent() {
    return this == ABSENT;
  }

  public boolean isPresent() {
    return this != ABSENT;
  }

  /// The graph that defines this value: for a captured value an outer graph of the reader.
  ///
  /// @throws IllegalStateException for [#ABSENT]
  public Graph graph() {
    if (graph == null) {
      throw new IllegalStateException("an absent value belongs to no graph");
    }
    return graph;
  }

  public Optional<ValueType> type() {
    return Optional.ofNullable(type);
  }

  /// @param type null clears it
  public void setType(@Nullable ValueType type) {
    if (isAbsent()) {
      throw new IllegalStateException("an absent value has no type");
    }
    this.type = type;
  }

  /// Element type of a tensor; empty when unknown or not a tensor.
  public Optional<DataType> dataType() {
    return type instanceof TensorType tensor ? Optional.of(tensor.elementType()) : Optional.empty();
  }

  /// Shape of a tensor; empty when the rank is unknown or this value is not a tensor.
  public Optional<Shape> shape() {
    return type instanceof TensorType tensor
        ? Optional.ofNullable(tensor.shape())
        : Optional.empty();
  }

  /// The node that computes this value; empty for graph inputs and initializers.
  public Optional<Node> producer() {
    return Optional.ofNullable(producer);
  }

  /// Which output of [#producer] this is.
  public int outputIndex() {
    return outputIndex;
  }

  public boolean isGraphInput() {
    return graphInput;
  }

  /// Whether some graph, this one or a nested one, lists the value as an output.
  public boolean isGraphOutput() {
    return graphOutputs > 0;
  }

  /// Whether the graph that defines the value lists it as an output.
  public boolean isOutputOfItsGraph() {
    return outputsOfItsGraph > 0;
  }

  /// The dense initializer, also when a graph input can override it.
  public Optional<Tensor> initializer() {
    return Optional.ofNullable(initializer);
  }

  public Optional<SparseTensor> sparseInitializer() {
    return Optional.ofNullable(sparseInitializer);
  }

  public boolean isInitializer() {
    return initializer != null || sparseInitializer != null;
  }

  /// The tensor this value always holds: an initializer that no graph input overrides, or the
  /// output of a `Constant` node (dense and numeric forms). Empty otherwise.
  public Optional<Tensor> constant() {
    if (initializer != null && !graphInput) {
      return Optional.of(initializer);
    }
    if (producer == null || !producer.is("Constant")) {
      return Optional.empty();
    }
    for (Map.Entry<String, AttributeValue> attribute : producer.attributes().entrySet()) {
      switch (attribute.getValue()) {
        case TensorValue(Tensor tensor) when attribute.getKey().equals("value") -> {
          return Optional.of(tensor);
        }
        case FloatValue(float single) when attribute.getKey().equals("value_float") -> {
          return Optional.of(Tensor.scalar(single));
        }
        case IntValue(long single) when attribute.getKey().equals("value_int") -> {
          return Optional.of(Tensor.scalar(single));
        }
        case Ints ints when attribute.getKey().equals("value_ints") -> {
          return Optional.of(Tensor.vector(ints.toArray()));
        }
        case Floats(List<Float> several) when attribute.getKey().equals("value_floats") -> {
          float[] floats = new float[several.size()];
          for (int i = 0; i < floats.length; i++) {
            floats[i] = several.get(i);
          }
          return Optional.of(Tensor.ofFloats(Shape.of(floats.length), floats));
        }
        default -> {
          // other attributes of Constant (sparse, strings) are not dense numeric tensors
        }
      }
    }
    return Optional.empty();
  }

  /// A snapshot of the places that read this value, in nested graphs too; graph outputs are not
  /// among them.
  public List<Use> uses() {
    return List.copyOf(uses);
  }

  public int useCount() {
    return uses.size();
  }

  /// Neither read by a node nor listed as a graph output.
  public boolean isUnused() {
    return uses.isEmpty() && graphOutputs == 0;
  }

  /// Read by exactly one node input, and not a graph output: safe to fuse into its reader.
  public boolean hasSingleUse() {
    return uses.size() == 1 && graphOutputs == 0;
  }

  public String docString() {
    return docString;
  }

  public void setDocString(String docString) {
    this.docString = docString;
  }

  /// `metadata_props`; mutable, in file order.
  public Map<String, String> metadata() {
    return metadata;
  }

  /// ONNX `quantization_annotation`: for example `SCALE_TENSOR` to the name of an initializer.
  /// Mutable.
  public Map<String, String> quantizationAnnotation() {
    return quantizationAnnotation;
  }

  @Override
  public String toString() {
    return isAbsent() ? "(absent)" : "'" + name + "'" + (type == null ? "" : " " + type);
  }
}
