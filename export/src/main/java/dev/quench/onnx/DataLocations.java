// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The locations of external data that a model names, verbatim.
final class DataLocations {
  private final Set<String> locations = new LinkedHashSet<>();

  private DataLocations() {}

  static Set<String> of(ModelProto model) {
    DataLocations found = new DataLocations();
    found.visit(model.getGraph());
    for (FunctionProto function : model.getFunctionsList()) {
      found.visit(function.getNodeList());
    }
    return found.locations;
  }

  private void visit(GraphProto graph) {
    graph.getInitializerList().forEach(this::visit);
    visit(graph.getNodeList());
  }

  private void visit(List<NodeProto> nodes) {
    for (NodeProto node : nodes) {
      for (AttributeProto attribute : node.getAttributeList()) {
        visit(attribute.getT());
        attribute.getTensorsList().forEach(this::visit);
        if (attribute.hasG()) {
          visit(attribute.getG());
        }
        attribute.getGraphsList().forEach(this::visit);
      }
    }
  }

  private void visit(TensorProto tensor) {
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      if (entry.getKey().equals("location")) {
        locations.add(entry.getValue());
      }
    }
  }
}
