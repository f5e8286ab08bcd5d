// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.Structure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Classes of channels that the same layers produce, each as often: the channels of one layer, or
/// those of several that residuals tie together. Any of them can stand for any other.
///
/// @param multiplicities how many channels of a layer's axis one class holds
/// @param classes in the order of their first channels
public record ChannelGroup(Map<LayerAxis, Integer> multiplicities, List<Integer> classes) {
  public ChannelGroup {
    multiplicities = new LinkedHashMap<>(multiplicities);
    classes = List.copyOf(classes);
  }

  /// The layers' names.
  public List<String> layers() {
    return multiplicities.keySet().stream().map(LayerAxis::name).distinct().toList();
  }

  /// Channels that one class holds in the layer named first.
  public int channelsOfClass() {
    return multiplicities.values().iterator().next();
  }

  /// All groups of classes that are not frozen, in the order of the layers.
  public static List<ChannelGroup> of(Structure structure) {
    Map<Integer, Map<Integer, Integer>> counts = new LinkedHashMap<>();
    List<LayerAxis> layers = structure.layers().stream().distinct().toList();
    for (int layer = 0; layer < layers.size(); layer++) {
      LayerAxis axis = layers.get(layer);
      if (structure.isTracked(axis.weights(), axis.axis())) {
        for (int each : structure.classes(axis.weights(), axis.axis())) {
          if (structure.frozen(each).isEmpty()) {
            counts.computeIfAbsent(each, _ -> new TreeMap<>()).merge(layer, 1, Integer::sum);
          }
        }
      }
    }
    Map<Map<Integer, Integer>, List<Integer>> bySignature =
        counts.entrySet().stream()
            .collect(
                Collectors.groupingBy(
                    Map.Entry::getValue,
                    LinkedHashMap::new,
                    Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
    List<ChannelGroup> groups = new ArrayList<>();
    bySignature.forEach((signature, classes) -> {
      Map<LayerAxis, Integer> multiplicities = new LinkedHashMap<>();
      signature.forEach((layer, count) -> multiplicities.put(layers.get(layer), count));
      groups.add(new ChannelGroup(multiplicities, classes));
    });
    return groups;
  }
}
