// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.tensor.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;

/// What models, graphs and nodes carry from file to file without a meaning for the computation.
public abstract sealed class MessageFields permits Graph, Model, Node {
  private String docString = "";
  private ByteString unrecognized = ByteString.EMPTY;
  private final Map<String, String> metadata = new LinkedHashMap<>();

  MessageFields() {}

  public final String docString() {
    return docString;
  }

  public final void setDocString(String docString) {
    this.docString = docString;
  }

  /// `metadata_props`; mutable, in file order.
  public final Map<String, String> metadata() {
    return metadata;
  }

  /// Serialized fields that the reader did not recognize (training information, say); written back
  /// unchanged.
  public final ByteString unrecognized() {
    return unrecognized;
  }

  public final void setUnrecognized(ByteString unrecognized) {
    this.unrecognized = unrecognized;
  }

  /// Takes the fields of `other` in place of these.
  final void copyFields(MessageFields other) {
    docString = other.docString;
    unrecognized = other.unrecognized;
    if (other != this) {
      metadata.clear();
      metadata.putAll(other.metadata);
    }
  }
}
