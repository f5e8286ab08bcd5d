// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// COCO's mean average precision of detectors. Scores, all in `[0, 1]`: `ap` over the overlaps 0.50
/// to 0.95, `ap50`, `ap75`, `apSmall`, `apMedium`, `apLarge` (objects below 32², up to 96², above),
/// `ar100`, the mean recall with 100 detections per image. A score without objects is left out.
///
/// Detections are mapped back to the pixels of the stored images before comparing. Those of equal
/// score count in the order of their images.
///
/// @param decoder of the model's outputs
public record CocoMap(DetectionDecoder decoder) implements Metric {
  private static final String STATE = "coco-map 1";

  @Override
  public String name() {
    return "coco-map";
  }

  @Override
  public Accumulator begin(long first) {
    return new Images(first);
  }

  private final class Images implements Accumulator {
    private final Map<Integer, EnumMap<AveragePrecision.SizeRange, AveragePrecision>> classes =
        new TreeMap<>();
    private long sample;

    Images(long first) {
      this.sample = first;
    }

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      if (!(batch.labels() instanceof Labels.Boxes(List<List<LabelledBox>> truths))) {
        throw new IllegalArgumentException(
            "coco-map needs boxes, but this data set has %s; use a data set with boxes"
                .formatted(batch.labels().kind()));
      }
      List<List<Detection>> found = decoder.decode(outputs, batch.size());
      for (int i = 0; i < batch.size(); i++) {
        add(truths.get(i), inImage(batch, i, found.get(i)));
        sample++;
      }
    }

    private void add(List<LabelledBox> truths, List<Detection> found) {
      TreeSet<Integer> present = new TreeSet<>();
      truths.forEach(truth -> present.add(truth.classIndex()));
      found.forEach(detection -> present.add(detection.classIndex()));
      for (int index : present) {
        List<LabelledBox> ofClass =
            truths.stream().filter(truth -> truth.classIndex() == index).toList();
        List<Detection> foundOfClass =
            found.stream().filter(detection -> detection.classIndex() == index).toList();
        for (AveragePrecision.SizeRange range : AveragePrecision.SizeRange.values()) {
          precision(index, range).add(sample, ofClass, foundOfClass);
        }
      }
    }

    private AveragePrecision precision(int index, AveragePrecision.SizeRange range) {
      return classes
          .computeIfAbsent(index, _ -> new EnumMap<>(AveragePrecision.SizeRange.class))
          .computeIfAbsent(range, AveragePrecision::new);
    }

    private List<Detection> inImage(Batch batch, int sample, List<Detection> found) {
      if (batch.images().isEmpty()) {
        return found;
      }
      List<Detection> moved = new ArrayList<>();
      for (Detection each : found) {
        Box box = batch.images().get(sample).geometry().toImage(each.box());
        moved.add(new Detection(box, each.classIndex(), each.score()));
      }
      return moved;
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      put(scores, "ap", AveragePrecision.SizeRange.ALL, Images::overOverlaps);
      put(scores, "ap50", AveragePrecision.SizeRange.ALL, each -> each.average(0));
      put(scores, "ap75", AveragePrecision.SizeRange.ALL, each -> each.average(5));
      put(scores, "apSmall", AveragePrecision.SizeRange.SMALL, Images::overOverlaps);
      put(scores, "apMedium", AveragePrecision.SizeRange.MEDIUM, Images::overOverlaps);
      put(scores, "apLarge", AveragePrecision.SizeRange.LARGE, Images::overOverlaps);
      put(scores, "ar100", AveragePrecision.SizeRange.ALL, Images::recall);
      return scores;
    }

    @Override
    public byte[] state() {
      StateWriter out = new StateWriter(STATE).integer(classes.size());
      classes.forEach((index, ranges) -> {
        out.integer(index);
        ranges.values().forEach(each -> each.writeTo(out));
      });
      return out.toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      int count = in.size(Integer.BYTES);
      for (int i = 0; i < count; i++) {
        int index = in.integer();
        for (AveragePrecision.SizeRange range : AveragePrecision.SizeRange.values()) {
          precision(index, range).addFrom(in);
        }
      }
      in.end();
    }

    private static OptionalDouble overOverlaps(AveragePrecision each) {
      return mean(each::average);
    }

    private static OptionalDouble recall(AveragePrecision each) {
      return mean(each::recall);
    }

    private static OptionalDouble mean(Function<Integer, OptionalDouble> ofOverlap) {
      double sum = 0;
      for (int index = 0; index < AveragePrecision.OVERLAPS; index++) {
        OptionalDouble score = ofOverlap.apply(index);
        if (score.isEmpty()) {
          return score;
        }
        sum += score.getAsDouble();
      }
      return OptionalDouble.of(sum / AveragePrecision.OVERLAPS);
    }

    private void put(
        Map<String, Double> scores,
        String key,
        AveragePrecision.SizeRange range,
        Function<AveragePrecision, OptionalDouble> ofClass) {
      classes.values().stream()
          .map(ranges -> ranges.get(range))
          .map(ofClass)
          .flatMapToDouble(OptionalDouble::stream)
          .average()
          .ifPresent(mean -> scores.put(key, mean));
    }
  }
}
