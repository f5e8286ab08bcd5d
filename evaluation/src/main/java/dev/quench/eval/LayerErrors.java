// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.Printable;
import dev.quench.report.ReportSection;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The error of each inner tensor in the variants of a model: the signal-to-quantization-noise
/// ratio of the worst sample. Drawn as a heat map with one row per tensor, in the order of
/// computation, and one column per variant.
public final class LayerErrors implements ReportSection {
  /// A tensor below this is nearly useless; the red end of the colour scale.
  private static final double POOR_DECIBEL = 5;

  private static final double GOOD_DECIBEL = 45;

  private final String reference;
  private final List<String> variants;
  private final Map<String, Map<String, Double>> decibelByTensor;

  private LayerErrors(
      String reference, List<String> variants, Map<String, Map<String, Double>> decibelByTensor) {
    this.reference = reference;
    this.variants = List.copyOf(variants);
    this.decibelByTensor = decibelByTensor;
  }

  /// Runs the reference and each variant and compares the tensors that they share by name. Variants
  /// whose backend cannot return inner tensors, or that share none, are left out.
  ///
  /// @param reference usually FP32
  /// @param samples inputs to run, at least one
  /// @throws dev.quench.run.BackendException if the reference fails
  public static LayerErrors measure(
      Candidate reference, List<Candidate> variants, List<Map<String, Tensor>> samples) {
    Map<String, Map<String, Double>> found = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (Candidate variant : variants) {
      Set<String> shared = SharedTensors.of(reference.model(), variant.model());
      if (shared.isEmpty()) {
        continue;
      }
      String name = label(variant);
      names.add(name);
      try (Session exact = open(reference, shared);
          Session actual = open(variant, shared)) {
        for (Map<String, Tensor> sample : samples) {
          Map<String, Tensor> expected = new LinkedHashMap<>();
          exact.observe(sample, (tensor, activation) -> expected.put(tensor, copy(activation)));
          actual.observe(
              sample,
              (tensor, activation) -> {
                Tensor wanted = expected.get(tensor);
                if (wanted != null && wanted.shape().equals(activation.shape())) {
                  double decibel = TensorComparison.of(wanted, activation).sqnrDecibel();
                  found
                      .computeIfAbsent(tensor, _ -> new LinkedHashMap<>())
                      .merge(name, decibel, Math::min);
                }
              });
        }
      }
    }
    Map<String, Map<String, Double>> ordered = new LinkedHashMap<>();
    Set<String> order = new LinkedHashSet<>();
    variants.forEach(variant -> order.addAll(SharedTensors.of(reference.model(), variant.model())));
    order.stream().filter(found::containsKey).forEach(each -> ordered.put(each, found.get(each)));
    return new LayerErrors(label(reference), names, ordered);
  }

  private static Session open(Candidate candidate, Set<String> taps) {
    return candidate
        .backend()
        .open(
            candidate.model(),
            SessionOptions.DEFAULT.withPrecision(candidate.precision()).withTaps(taps));
  }

  private static String label(Candidate candidate) {
    return "%s, %s %s"
        .formatted(candidate.name(), candidate.backend().name(), candidate.precision());
  }

  private static Tensor copy(Tensor borrowed) {
    return Tensor.of(
        borrowed.dataType(),
        borrowed.shape(),
        MemorySegment.ofArray(borrowed.bytes().toArray(ValueLayout.JAVA_BYTE)));
  }

  /// Decibels by label of the variant, for each tensor; infinite for equal tensors.
  public Map<String, Map<String, Double>> decibelByTensor() {
    return Collections.unmodifiableMap(decibelByTensor);
  }

  @Override
  public String title() {
    return "Error of each layer";
  }

  @Override
  public String toHtml() {
    StringBuilder html =
        new StringBuilder("<p class=\"lead\">Signal to noise of inner tensors against ");
    html.append(Printable.escapeHtml(reference))
        .append(", in decibel, the worst of all samples; more is better.</p>\n")
        .append("<div class=\"wide\"><table class=\"heat\">\n<thead><tr><th>tensor</th>");
    variants.forEach(variant ->
        html.append("<th class=\"n\">").append(Printable.escapeHtml(variant)).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
    decibelByTensor.forEach((tensor, decibels) -> {
      html.append("<tr><td>").append(Printable.escapeHtml(tensor)).append("</td>");
      for (String variant : variants) {
        Double decibel = decibels.get(variant);
        html.append(decibel == null ? "<td class=\"n\">-</td>" : cell(decibel));
      }
      html.append("</tr>\n");
    });
    return html.append("</tbody></table></div>\n").toString();
  }

  /// From red over yellow to green, dark text on light colours in both colour schemes.
  private static String cell(double decibel) {
    double share = Math.clamp((decibel - POOR_DECIBEL) / (GOOD_DECIBEL - POOR_DECIBEL), 0.0, 1.0);
    String text =
        decibel == Double.POSITIVE_INFINITY ? "same" : String.format(Locale.ROOT, "%.1f", decibel);
    return String.format(
        Locale.ROOT,
        "<td class=\"n\" style=\"background:hsl(%d 65%% 78%%)\">%s</td>",
        Math.round(130 * share),
        text);
  }
}
