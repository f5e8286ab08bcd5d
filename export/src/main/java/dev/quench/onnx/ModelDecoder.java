// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.OpsetImports;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.tensor.ByteString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `ModelProto` to [Model].
final class ModelDecoder {
  private ModelDecoder() {}

  /// @param detached data of the placeholders in `raw_data`
  static Model decode(
      ModelProto proto, OnnxLimits limits, ExternalData external, DetachedData detached) {
    if (!proto.hasGraph() || proto.getIrVersion() < 1) {
      throw new ModelFormatException(
          "not an ONNX model: it has %s; expected a serialized ModelProto"
              .formatted(proto.hasGraph() ? "no IR version" : "no graph"));
    }
    GraphDecoder graphs =
        new GraphDecoder(
            limits, new TensorDecoder(limits, external, detached), proto.getIrVersion());
    Graph graph = new Graph(proto.getGraph().getName(), imports(proto.getOpsetImportList()));
    graphs.fill(graph, proto.getGraph(), 1);
    Model model = new Model(graph, proto.getIrVersion());
    model.setProducer(proto.getProducerName(), proto.getProducerVersion());
    model.setIdentity(proto.getDomain(), proto.getModelVersion());
    model.setDocString(proto.getDocString());
    model.metadata().putAll(Entries.decode(proto.getMetadataPropsList()));
    if (proto.getUnknownFields().getSerializedSize() > 0) {
      model.setUnrecognized(ByteString.copyOf(proto.getUnknownFields().toByteArray()));
    }
    for (FunctionProto function : proto.getFunctionsList()) {
      model.functions().add(function(function, graphs));
    }
    return model;
  }

  private static Function function(FunctionProto proto, GraphDecoder graphs) {
    Graph body = new Graph(proto.getName(), imports(proto.getOpsetImportList()));
    try {
      graphs.fill(body, proto);
      Map<String, AttributeValue> defaults = new LinkedHashMap<>();
      for (AttributeProto attribute : proto.getAttributeProtoList()) {
        defaults.put(attribute.getName(), graphs.attribute(attribute, body, 1));
      }
      return new Function(
          proto.getDomain(),
          proto.getName(),
          proto.getOverload(),
          body,
          proto.getAttributeList(),
          defaults,
          Entries.decode(proto.getMetadataPropsList()));
    } catch (ModelFormatException e) {
      throw new ModelFormatException(
          "function '%s.%s': %s".formatted(proto.getDomain(), proto.getName(), e.getMessage()), e);
    }
  }

  private static OpsetImports imports(List<OperatorSetIdProto> protos) {
    Map<String, Long> versions = new LinkedHashMap<>();
    for (OperatorSetIdProto proto : protos) {
      versions.put(proto.getDomain(), proto.getVersion());
    }
    return new OpsetImports(versions);
  }
}
