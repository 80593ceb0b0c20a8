//! Old, new and vulgar forms of the kanji that stand in names.

use std::{collections::HashMap, sync::LazyLock};

/// Groups of forms of one character; the first is the one that the others become.
///
/// A bank's terminal of 1985 could not write 﨑 or 髙, the family register can. Characters that
/// merely look or sound alike (園 薗, 坂 阪, 畑 畠) are different surnames and are not here; 斎 and
/// 斉 are two characters, but one family's papers mix them too often to hold it against anyone.
const GROUPS: &str = "\
    高髙 崎﨑嵜 徳德 辺邊邉 斎齋斉齊 沢澤 浜濱濵 桜櫻 広廣 国國囯 島嶋嶌 吉𠮷 富冨 峰峯 \
    桧檜 竜龍 滝瀧 黒黑 恵惠 真眞 静靜 寿壽 栄榮 実實 亀龜 万萬 与與 当當 関關 鉄鐵銕 \
    塩鹽 円圓 会會 学學 条條 豊豐 秋穐 館舘 剣劍 県縣 恒恆 郷鄕 清淸 青靑 瀬瀨 頼賴 \
    蔵藏 巣巢 曽曾 増增 児兒 収收 弥彌 禄祿 緑綠 録錄 団團 尽盡 画畫 芸藝 薫薰 勲勳 桑桒 \
    柳栁 松枩 昂昻 晃晄 晋晉 暁曉 尭堯 尚尙 岳嶽 槙槇 瑶瑤 遥遙 渓溪谿 為爲 灯燈 献獻 \
    産產 発發 杯盃 祢禰 祷禱 秘祕 稲稻 穂穗 糸絲 経經 継繼 総總 縄繩 聡聰 声聲 荘莊 \
    薮藪 蛍螢 衛衞 覚覺 譲讓 郎郞 銭錢 鎌鐮 間閒 隠隱 雑雜 霊靈 顕顯 鴎鷗 鶏鷄 鴬鶯 \
    麦麥 黄黃 歩步 毎每 野埜 壱壹 変變 奥奧 宝寶寳 寛寬 将將 専專 巌巖 応應 恋戀 悦悅 \
    戦戰 戸戶 抜拔 拡擴 数數 旧舊 暦曆 来來 枢樞 栃杤 楼樓 楽樂 様樣 横橫 気氣 沖冲 \
    浄淨 浅淺 温溫 満滿 済濟 渋澁 湾灣 禅禪 両兩 並竝 乗乘 仏佛 伝傳 内內 凛凜 \
    処處 労勞 区區 医醫 単單 厳嚴 参參 双雙 呉吳 営營 囲圍 図圖 柏栢 船舩 喜㐂 土圡 \
    橋𣘺 渕淵渊 壷壺 鯵鰺 兎兔 桝枡 体體 軽輕 転轉 辞辭 遅遲 釈釋 絵繪 猫貓 虎乕 \
    駅驛 鉱鑛 宮宫 彦彥 呂吕 随隨 髄髓 択擇 舎舍 説說 鋭銳 税稅 閲閱 脱脫 \
    教敎 査查 研硏 砺礪 砿礦 芦蘆 麹麴";

/// The plain form of one kanji; anything else unchanged.
pub(crate) fn plain_kanji(c: char) -> char {
    static PLAIN: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let mut plain = HashMap::new();
        for group in GROUPS.split_whitespace() {
            let mut forms = group.chars();
            let Some(first) = forms.next() else { continue };
            plain.extend(forms.map(|form| (form, first)));
        }
        plain
    });
    // Ideographs start far above kana and Latin letters, which are looked up most.
    if c < '\u{3400}' { c } else { PLAIN.get(&c).copied().unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_form_stands_in_one_group_only() {
        let mut seen = HashSet::new();
        for c in GROUPS.chars().filter(|c| !c.is_whitespace()) {
            assert!(seen.insert(c), "{c} twice");
        }
    }

    #[test]
    fn different_surnames_stay_apart() {
        for (a, b) in [('園', '薗'), ('坂', '阪'), ('畑', '畠'), ('太', '大'), ('那', '邦')]
        {
            assert_ne!(plain_kanji(a), plain_kanji(b));
        }
    }
}
