// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.ArrayList;
import java.util.List;

/// A graph with the rest of a model file: versions, producer, functions, metadata.
public final class Model extends MessageFields {
  private Graph graph;
  private long irVersion;
  private String producerName = "";
  private String producerVersion = "";
  private String domain = "";
  private long modelVersion;
  private final List<Function> functions = new ArrayList<>();

  /// @param irVersion ONNX IR version of the file this was or will be
  public Model(Graph graph, long irVersion) {
    this.graph = graph;
    this.irVersion = irVersion;
  }

  public Graph graph() {
    return graph;
  }

  public OpsetImports opsets() {
    return graph.opsets();
  }

  /// Version of ONNX's own operator set; 0 when the model imports none.
  public long opset() {
    return opsets().version("").orElse(0);
  }

  public long irVersion() {
    return irVersion;
  }

  public void setIrVersion(long irVersion) {
    this.irVersion = irVersion;
  }

  public String producerName() {
    return producerName;
  }

  public String producerVersion() {
    return producerVersion;
  }

  public void setProducer(String name, String version) {
    this.producerName = name;
    this.producerVersion = version;
  }

  public String domain() {
    return domain;
  }

  public long modelVersion() {
    return modelVersion;
  }

  public void setIdentity(String domain, long modelVersion) {
    this.domain = domain;
    this.modelVersion = modelVersion;
  }

  /// Model-local functions; mutable, in file order.
  public List<Function> functions() {
    return functions;
  }

  /// A model that can be edited without touching this one. Tensors, which are immutable, are
  /// shared.
  public Model copy() {
    Model copy = new Model(GraphCopier.copy(graph), irVersion);
    copy.producerName = producerName;
    copy.producerVersion = producerVersion;
    copy.domain = domain;
    copy.modelVersion = modelVersion;
    copy.copyFields(this);
    for (Function function : functions) {
      copy.functions.add(
          new Function(
              function.domain(),
              function.name(),
              function.overload(),
              GraphCopier.copy(function.body()),
              function.attributes(),
              function.attributeDefaults(),
              function.metadata()));
    }
    return copy;
  }

  /// Resets this model to `snapshot`, an earlier [#copy] of it. Consumes the snapshot: do not use
  /// it afterwards.
  public void restore(Model snapshot) {
    graph = snapshot.graph;
    irVersion = snapshot.irVersion;
    producerName = snapshot.producerName;
    producerVersion = snapshot.producerVersion;
    domain = snapshot.domain;
    modelVersion = snapshot.modelVersion;
    copyFields(snapshot);
    functions.clear();
    functions.addAll(snapshot.functions);
  }
}
