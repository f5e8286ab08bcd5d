// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The key-value lists of ONNX (`metadata_props` and others) as maps in file order; of equal keys
/// the last counts.
final class Entries {
  private Entries() {}

  static Map<String, String> decode(List<StringStringEntryProto> entries) {
    Map<String, String> map = new LinkedHashMap<>();
    for (StringStringEntryProto entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }

  static List<StringStringEntryProto> encode(Map<String, String> map) {
    List<StringStringEntryProto> entries = new ArrayList<>(map.size());
    map.forEach((key, value) ->
        entries.add(StringStringEntryProto.newBuilder().setKey(key).setValue(value).build()));
    return entries;
  }
}
