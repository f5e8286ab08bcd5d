// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.tensor.ByteString;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The value of a node's attribute, one record for each member of ONNX
/// `AttributeProto.AttributeType`.
public sealed interface AttributeValue {
  record FloatValue(float value) implements AttributeValue {}

  record IntValue(long value) implements AttributeValue {}

  record TextValue(ByteString value) implements AttributeValue {}

  record TensorValue(Tensor value) implements AttributeValue {}

  record SparseTensorValue(SparseTensor value) implements AttributeValue {}

  /// The nested graph's parent is the graph of the node that holds it.
  record GraphValue(Graph value) implements AttributeValue {}

  record TypeValue(ValueType value) implements AttributeValue {}

  record Floats(List<Float> values) implements AttributeValue {
    public Floats {
      values = List.copyOf(values);
    }
  }

  record Ints(List<Long> values) implements AttributeValue {
    public Ints {
      values = List.copyOf(values);
    }

    public long[] toArray() {
      return values.stream().mapToLong(Long::longValue).toArray();
    }
  }

  record Texts(List<ByteString> values) implements AttributeValue {
    public Texts {
      values = List.copyOf(values);
    }
  }

  record Tensors(List<Tensor> values) implements AttributeValue {
    public Tensors {
      values = List.copyOf(values);
    }
  }

  record SparseTensors(List<SparseTensor> values) implements AttributeValue {
    public SparseTensors {
      values = List.copyOf(values);
    }
  }

  record Graphs(List<Graph> values) implements AttributeValue {
    public Graphs {
      values = List.copyOf(values);
    }
  }

  record Types(List<ValueType> values) implements AttributeValue {
    public Types {
      values = List.copyOf(values);
    }
  }

  /// Inside a function body: takes the value of the function's attribute `name` (`ref_attr_name`).
  ///
  /// @param typeCode the `AttributeProto.AttributeType` it must have
  record Reference(String name, int typeCode) implements AttributeValue {}

  static AttributeValue of(long value) {
    return new IntValue(value);
  }

  static AttributeValue of(float value) {
    return new FloatValue(value);
  }

  static AttributeValue of(String value) {
    return new TextValue(ByteString.of(value));
  }

  static AttributeValue of(Tensor value) {
    return new TensorValue(value);
  }

  static AttributeValue ofInts(long... values) {
    return new Ints(Arrays.stream(values).boxed().toList());
  }
}
