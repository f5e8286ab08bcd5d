// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.text.Polygon;
import dev.quench.metric.text.RegionDecoder;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How well a detector agrees with a reference detector, without labels. A region is found if a
/// region of the reference overlaps it by at least `overlap` (intersection over union); each region
/// is matched once, the greatest overlap first. Scores: `f1`, `precision`, `recall`, over the
/// regions of all samples; 1 if both detectors find none.
///
/// @param reference returns the expected outputs
/// @param decoder of the outputs of both
/// @param overlap above 0, at most 1
public record DetectionAgreement(Reference reference, RegionDecoder decoder, double overlap)
    implements Metric {
  private static final String STATE = "detection-agreement 1";

  public DetectionAgreement {
    if (!(overlap > 0 && overlap <= 1)) {
      throw new IllegalArgumentException("overlap must be above 0 and at most 1, got " + overlap);
    }
  }

  /// Uses an overlap of one half.
  public DetectionAgreement(Reference reference, RegionDecoder decoder) {
    this(reference, decoder, 0.5);
  }

  @Override
  public String name() {
    return "detection-agreement";
  }

  @Override
  public Accumulator begin(long first) {
    return new Counts();
  }

  private record Pair(int expected, int actual, double iou) {}

  private final class Counts implements Accumulator {
    private long matched;
    private long expected;
    private long actual;

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      List<List<Polygon>> here = decoder.decode(outputs, batch.size());
      List<List<Polygon>> there = decoder.decode(reference.outputs(batch), batch.size());
      for (int sample = 0; sample < batch.size(); sample++) {
        expected += there.get(sample).size();
        actual += here.get(sample).size();
        matched += matches(there.get(sample), here.get(sample));
      }
    }

    private int matches(List<Polygon> there, List<Polygon> here) {
      List<Pair> pairs = new ArrayList<>();
      for (int e = 0; e < there.size(); e++) {
        for (int a = 0; a < here.size(); a++) {
          double iou = there.get(e).iou(here.get(a));
          if (iou >= overlap) {
            pairs.add(new Pair(e, a, iou));
          }
        }
      }
      pairs.sort(Comparator.comparingDouble(Pair::iou).reversed());
      boolean[] takenThere = new boolean[there.size()];
      boolean[] takenHere = new boolean[here.size()];
      int matches = 0;
      for (Pair pair : pairs) {
        if (!takenThere[pair.expected()] && !takenHere[pair.actual()]) {
          takenThere[pair.expected()] = true;
          takenHere[pair.actual()] = true;
          matches++;
        }
      }
      return matches;
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      scores.put("f1", expected + actual == 0 ? 1 : 2.0 * matched / (expected + actual));
      scores.put(
          "precision", actual == 0 ? (expected == 0 ? 1.0 : 0.0) : matched / (double) actual);
      scores.put("recall", expected == 0 ? 1 : matched / (double) expected);
      return scores;
    }

    @Override
    public byte[] state() {
      return new StateWriter(STATE).number(matched).number(expected).number(actual).toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      matched += in.count();
      expected += in.count();
      actual += in.count();
      in.end();
    }
  }
}
