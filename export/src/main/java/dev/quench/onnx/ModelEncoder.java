// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.ModelProto;

/// [Model] to `ModelProto`.
final class ModelEncoder {
  private ModelEncoder() {}

  static ModelProto encode(Model model, TensorSink sink) {
    GraphEncoder graphs = new GraphEncoder(sink);
    ModelProto.Builder proto =
        ModelProto.newBuilder()
            .setIrVersion(irVersion(model))
            .setGraph(graphs.encode(model.graph()));
    if (!model.producerName().isEmpty()) {
      proto.setProducerName(model.producerName());
    }
    if (!model.producerVersion().isEmpty()) {
      proto.setProducerVersion(model.producerVersion());
    }
    if (!model.domain().isEmpty()) {
      proto.setDomain(model.domain());
    }
    if (model.modelVersion() != 0) {
      proto.setModelVersion(model.modelVersion());
    }
    if (!model.docString().isEmpty()) {
      proto.setDocString(model.docString());
    }
    proto.addAllOpsetImport(GraphEncoder.imports(model.graph()));
    proto.addAllMetadataProps(Entries.encode(model.metadata()));
    proto.setUnknownFields(GraphEncoder.unrecognized(model.unrecognized()));
    for (Function function : model.functions()) {
      proto.addFunctions(graphs.encode(function));
    }
    return proto.build();
  }

  /// Before IR version 4 every initializer had to be a graph input as well; here constants are not.
  private static long irVersion(Model model) {
    return model.irVersion() < 4 && hasInitializer(model.graph()) ? 4 : model.irVersion();
  }

  private static boolean hasInitializer(Graph graph) {
    if (graph.values().stream().anyMatch(Value::isInitializer)) {
      return true;
    }
    for (Node node : graph.nodes()) {
      for (Graph nested : node.nestedGraphs()) {
        if (hasInitializer(nested)) {
          return true;
        }
      }
    }
    return false;
  }
}
